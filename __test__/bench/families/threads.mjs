// As many worker threads as wanted, which share a number of calls of `accessSync`. The best of all
// rounds counts.
import { join } from 'node:path';
import { ORACLE } from '../../helpers/nodes.mjs';
import { digits, table } from '../figures.mjs';
import { inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';
import { tenFolders } from './calls.mjs';

const COUNTS = [1, 2, 4, 16, 64];

export const rounds = 7;

export async function measure(count) {
  const folders = tenFolders();
  const program = join(PROGRAMS, 'threads.js');
  const policy = policyFile('threads', { 'allow-fs-read': [...folders, program], 'allow-worker': true });
  const file = join(folders[6], 'below', 'file.txt');
  const cases = COUNTS.flatMap((threads) => ['bare', 'native', 'permit'].map((kind) => ({ threads, kind })));
  const all = await inTurn(
    cases,
    count,
    async ({ threads, kind }) =>
      (await run(kind, ORACLE, policy, program, { args: [file, String(threads)] })).report.calls,
  );
  const rows = COUNTS.map((threads) => {
    const [bare, native, permit] = ['bare', 'native', 'permit'].map(
      (kind) => all[cases.findIndex((one) => one.threads === threads && one.kind === kind)],
    );
    const ratio = (figures) => digits(Math.max(...figures) / Math.max(...bare));
    return [threads, digits(Math.max(...bare)), ratio(native), ratio(permit)];
  });
  return table(['threads', 'bare, calls a second', '`node --permission`, ratio', 'permit, ratio'], rows);
}
