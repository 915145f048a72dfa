// `has('net.connect', …)` for the last address of a list.
import { join } from 'node:path';
import { ORACLE } from '../../helpers/nodes.mjs';
import { digits, median, table } from '../figures.mjs';
import { inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';

const COUNTS = [1, 10, 100, 1000, 10_000];

export const rounds = 7;

export async function measure(count) {
  const program = join(PROGRAMS, 'hosts.js');
  const cases = COUNTS.map((hosts) => {
    const list = Array.from({ length: hosts }, (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}:443`);
    return {
      hosts,
      last: list.at(-1),
      policy: policyFile(`hosts-${hosts}`, { 'allow-fs-read': [program], 'allow-net-connect': list }),
    };
  });
  const all = await inTurn(
    cases,
    count,
    async ({ last, policy }) => (await run('permit', ORACLE, policy, program, { args: [last] })).report.median,
  );
  return table(
    ['hosts', '`has`, ns'],
    COUNTS.map((hosts, at) => [hosts.toLocaleString('en'), digits(median(all[at]))]),
  );
}
