// 2,000 worker threads, one after the other: what each leaves in memory when it has ended, and what
// each takes. The least of all rounds counts.
import { join } from 'node:path';
import { NODES } from '../../helpers/nodes.mjs';
import { digits, least, table } from '../figures.mjs';
import { inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';

export const rounds = 3;

export async function measure(count) {
  const program = join(PROGRAMS, 'workers.js');
  const policy = policyFile('workers', { 'allow-fs-read': [program], 'allow-worker': true });
  const env = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '0' };
  const cases = NODES.flatMap((node) => ['bare', 'permit'].map((kind) => ({ node, kind })));
  const all = await inTurn(
    cases,
    count,
    async ({ node, kind }) => (await run(kind, node, policy, program, { env })).report,
  );
  const rows = NODES.map((node) => {
    const of = (kind, figure) =>
      least(all[cases.findIndex((one) => one.node === node && one.kind === kind)].map((found) => found[figure]));
    const left = ['bare', 'permit'].map((kind) => of(kind, 'left') / 1024);
    const taken = ['bare', 'permit'].map((kind) => of(kind, 'milliseconds'));
    return [node.version, ...[...left, left[1] - left[0]].map(digits), ...taken.map(digits)];
  });
  return table(['Node', 'bare leaves, kB', 'permit leaves, kB', 'more', 'bare takes, ms', 'permit takes, ms'], rows);
}
