// The cost that permit adds to a call, and that of a trampoline and a native function that read the path
// and do nothing else: no guard in an addon can cost less.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ORACLE } from '../../helpers/nodes.mjs';
import { digits, least, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';
import { tenFolders } from './calls.mjs';

const CALLS = ['statSync', 'existsSync', 'accessSync', 'readFileSync'];

export const rounds = 11;

export async function measure(count) {
  const addon = join(FOLDER, 'floor.node');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', addon, join(PROGRAMS, 'floor.c')]);
  const folders = tenFolders();
  const program = join(PROGRAMS, 'calls.js');
  const policy = policyFile('floor', { 'allow-fs-read': [...folders, program] });
  const file = join(folders[6], 'below', 'file.txt');
  const env = (as) => ({ FLOOR: addon, FLOOR_AS: as });
  const cases = [
    { kind: 'bare' },
    { kind: 'floor', env: env('utf16') },
    { kind: 'floor', env: env('utf8') },
    { kind: 'permit' },
    { kind: 'native' },
  ];
  const all = await inTurn(
    cases,
    count,
    async ({ kind, env: more }) =>
      (await run(kind, ORACLE, policy, program, { args: [file, ...CALLS], env: more })).report,
  );
  const figure = (at, name) => least(all[at].map((report) => report[name].least));
  return table(
    [
      'nanoseconds, the least',
      'bare',
      'a string read as UTF-16 adds',
      'a string read as UTF-8 adds',
      'permit adds',
      '`node --permission` adds',
    ],
    CALLS.map((name) => [
      name,
      digits(figure(0, name)),
      ...[1, 2, 3, 4].map((at) => digits(figure(at, name) - figure(0, name))),
    ]),
  );
}
