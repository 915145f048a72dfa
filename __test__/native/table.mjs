// The measured comparison as a Markdown table, for the reference: `node __test__/native/table.mjs
// [FILE]`. What is left unexplained goes to stderr, with exit code 1.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ALL_NODES, ORACLE } from '../helpers/nodes.mjs';
import { compare } from './compare.mjs';
import { askAll } from './has-drop.mjs';
import { count, explain, judge } from './judge.mjs';
import { loopback } from './loopback.mjs';
import { FS_PLANS, netPlans, POWER_PLANS, PROCESS_PLANS } from './plans.mjs';

const HEADS = ['same', 'better', 'stricter', 'absent', 'looser', 'unexplained'];
const TITLES = [
  'Node',
  'rows compared',
  'same',
  'better',
  'stricter on purpose',
  'absent there',
  'looser by decision',
  'looser',
  'otherwise unexplained',
];

/** The whole comparison: every row of every plan and seed, judged. */
export async function everything(seeds = 24) {
  const neighbours = await loopback();
  try {
    const all = [];
    const keep = (rows, area) => {
      judge(rows, area);
      for (const row of rows) all.push(row.is === 'unexplained' ? row : { node: row.node, is: row.is, kind: row.kind });
    };
    for (const plan of [...FS_PLANS, ...netPlans(neighbours), ...PROCESS_PLANS, ...POWER_PLANS])
      keep(await compare(plan), plan.area);
    for (let seed = 1; seed <= seeds; seed += 1) keep(await askAll(seed), 'permission');
    return all;
  } finally {
    neighbours.close();
  }
}

const LOOSE = new Set(['allowed here', 'not held back', 'written without a grant']);

/** The rows in Markdown, a line a Node. */
export function markdown(rows) {
  const lines = count(rows, ALL_NODES).map((told) => {
    const loose = rows.filter(
      (row) => row.node.version === told.version && row.is === 'unexplained' && LOOSE.has(row.kind),
    ).length;
    return [told.version, told.rows, ...HEADS.slice(0, -1).map((head) => told[head]), loose, told.unexplained - loose];
  });
  return [
    `Measured against \`node --permission\` of Node ${ORACLE.version}.`,
    '',
    `| ${TITLES.join(' | ')} |`,
    `|${TITLES.map(() => '---').join('|')}|`,
    ...lines.map((line) => `| ${line.join(' | ')} |`),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await everything();
  const text = markdown(rows);
  console.log(text);
  if (process.argv[2]) writeFileSync(process.argv[2], text);
  const open = rows.filter(({ is }) => is === 'unexplained');
  if (open.length) console.error(explain(open));
  process.exitCode = open.length ? 1 : 0;
}
