// The extra cost of a call under permit, divided by its extra cost under the model of Node 26.10, and
// `process.permission.has` divided by Node's. The ratio of the least figures, and behind it
// that of the medians: what else the machine does can only add to a figure, and to neither way more
// than to the other.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODES, ORACLE } from '../../helpers/nodes.mjs';
import { digits, least, median, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';

const CALLS = ['statSync', 'existsSync', 'accessSync', 'readFileSync'];
const ASKED = ['has', 'has, refused'];
const TARGETS = { statSync: 0.25, existsSync: 0.25, accessSync: 0.25, readFileSync: 0.25, has: 0.2 };

/** Ten folders, each of which is granted, with a file in each. */
export function tenFolders() {
  const folders = Array.from({ length: 10 }, (_, number) => join(FOLDER, 'ten', `folder-${number}`));
  for (const folder of folders) {
    mkdirSync(join(folder, 'below'), { recursive: true });
    writeFileSync(join(folder, 'below', 'file.txt'), 'a line of text\n'.repeat(20));
  }
  return folders;
}

export const rounds = 15;

export async function measure(count) {
  const folders = tenFolders();
  const program = join(PROGRAMS, 'calls.js');
  const policy = policyFile('ten', { 'allow-fs-read': [...folders, program] });
  const file = join(folders[6], 'below', 'file.txt');
  const cases = NODES.flatMap((node) =>
    (node === ORACLE ? ['bare', 'native', 'permit'] : ['bare', 'permit']).map((kind) => ({ node, kind })),
  );
  const all = await inTurn(cases, count, async ({ node, kind }) => {
    const args = [file, ...CALLS, ...(kind === 'bare' ? [] : ASKED)];
    return (await run(kind, node, policy, program, { args })).report;
  });
  const figure = (node, kind, name, of) => {
    const reports = all[cases.findIndex((one) => one.node === node && one.kind === kind)];
    return of === least
      ? least(reports.map((report) => report[name].least))
      : median(reports.map((report) => report[name].median));
  };
  const added = (node, kind, name, of) => figure(node, kind, name, of) - figure(node, 'bare', name, of);
  const of = (name, node, by) =>
    ASKED.includes(name)
      ? figure(node, 'permit', name, by) / figure(ORACLE, 'native', name, by)
      : added(node, 'permit', name, by) / added(ORACLE, 'native', name, by);
  const rows = [...CALLS, ...ASKED].map((name) => {
    const ratios = NODES.map((node) => [of(name, node, median), of(name, node, least)]);
    const target = TARGETS[name];
    const met =
      target === undefined ? '' : `≤ ${target}: ${ratios.every(([, best]) => best <= target) ? 'met' : 'missed'}`;
    return [name, ...ratios.map(([middle, best]) => `${digits(best)} (${digits(middle)})`), met];
  });
  const nanoseconds = [...CALLS, ...ASKED].map((name) => [
    name,
    ...NODES.map((node) =>
      ['bare', 'permit']
        .map((kind) => (kind === 'bare' && ASKED.includes(name) ? '–' : digits(figure(node, kind, name, least))))
        .join(' → '),
    ),
    digits(figure(ORACLE, 'native', name, least)),
  ]);
  const versions = NODES.map(({ version }) => version);
  return [
    table(['call', ...versions, 'target'], rows),
    table(['nanoseconds, the least', ...versions, '`node --permission`'], nanoseconds),
  ].join('\n\n');
}
