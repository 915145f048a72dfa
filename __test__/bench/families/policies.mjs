// The cost of the size and the kind of a policy: a call of one path again and again, calls of another
// path each time, the start, and memory. The least of all rounds counts: what else the machine does
// can only add to it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORACLE } from '../../helpers/nodes.mjs';
import { digits, least, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';

const FOLDERS = 40;
const FILES = 50;
const PER_FOLDER = 50;

/** Folders with 2,000 files. */
function tree() {
  const root = join(FOLDER, 'tree');
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    mkdirSync(join(root, `folder-${folder}`), { recursive: true });
    for (let file = 0; file < FILES; file += 1) writeFileSync(join(root, `folder-${folder}`, `file-${file}.js`), '');
  }
  return root;
}

/** As many paths, each with 49 others in a folder; they exist if they are made. */
function paths(name, count, make) {
  const found = [];
  for (let number = 0; number < count; number += 1) {
    const folder = join(FOLDER, name, `package-${Math.floor(number / PER_FOLDER)}`, 'lib');
    if (make && number % PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    const path = join(folder, `module-${number}.js`);
    if (make) writeFileSync(path, '');
    found.push(path);
  }
  return found;
}

function policies(root) {
  const base = [root, PROGRAMS];
  // As many globs, of which the last one alone covers what is asked about.
  const globs = (count) => ({
    'allow-fs-read': [
      PROGRAMS,
      ...Array.from({ length: count - 1 }, (_, at) => join(FOLDER, 'glob', `part-${at}`, '**', '*.js')),
      join(root, '**', '*.js'),
    ],
  });
  const granted = (more, rest = {}) => ({ 'allow-fs-read': [...base, ...more], ...rest });
  return [
    ['10 grants', granted(paths('missing', 8))],
    ['1,000 grants', granted(paths('missing', 1000))],
    ['100,000 grants', granted(paths('missing', 100_000))],
    ['100,000 grants of files that exist', granted(paths('made', 100_000, true))],
    ['1,000,000 grants', granted(paths('missing', 1_000_000))],
    ['10 grants, 10 denials', granted(paths('missing', 8), { 'deny-fs-read': paths('tree', 10) })],
    ['10 grants, 1,000 denials', granted(paths('missing', 8), { 'deny-fs-read': paths('tree', 1000) })],
    ['10 globs', globs(10)],
    ['100 globs', globs(100)],
    ['1,000 globs', globs(1000)],
  ];
}

export const rounds = 7;

export async function measure(count) {
  const root = tree();
  const file = join(root, 'folder-7', 'file-7.js');
  const cases = policies(root).map(([name, permission], at) => ({
    name,
    kind: 'permit',
    policy: policyFile(`policy-${at}`, permission),
  }));
  cases.unshift({ name: 'bare Node', kind: 'bare' });
  const all = await inTurn(cases, count, async ({ kind, policy }) => {
    const ask = (program, ...args) => run(kind, ORACLE, policy, join(PROGRAMS, program), { args });
    const [one, many, idle] = [
      await ask('calls.js', file, 'accessSync'),
      await ask('paths.js', root, String(FOLDERS), String(FILES)),
      await ask('idle.js'),
    ];
    return {
      one: one.report.accessSync.least,
      many: many.report.least,
      start: idle.milliseconds,
      memory: idle.report.memory / 1024,
    };
  });
  const figures = all.map((reports) =>
    Object.fromEntries(Object.keys(reports[0]).map((name) => [name, least(reports.map((report) => report[name]))])),
  );
  const [bare, ten] = figures;
  const ratio = (name, at) => digits((figures[at][name] - bare[name]) / (ten[name] - bare[name]));
  return table(
    [
      'policy',
      'one path again and again adds, ns',
      'by that of 10 grants',
      'another path each time adds, ns',
      'by that of 10 grants',
      'start adds, ms',
      'memory adds, MiB',
    ],
    cases.slice(1).map(({ name }, index) => {
      const at = index + 1;
      const adds = (figure) => digits(figures[at][figure] - bare[figure]);
      return [name, adds('one'), ratio('one', at), adds('many'), ratio('many', at), adds('start'), adds('memory')];
    }),
  );
}
