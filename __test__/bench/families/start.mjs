// What the start of a process costs more, with ten grants; with 100,000 it is in the family `policies`. The least of all
// rounds counts.
import { join } from 'node:path';
import { NODES, ORACLE } from '../../helpers/nodes.mjs';
import { against, digits, least, median, table } from '../figures.mjs';
import { inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';
import { tenFolders } from './calls.mjs';

export const rounds = 31;

export async function measure(count) {
  const program = join(PROGRAMS, 'idle.js');
  const policy = policyFile('start', { 'allow-fs-read': [...tenFolders(), program] });
  const cases = NODES.flatMap((node) => (node === ORACLE ? ['bare', 'native', 'permit'] : ['bare', 'permit']).map((kind) => ({ node, kind })));
  const all = await inTurn(cases, count, async ({ node, kind }) => {
    const { report, milliseconds } = await run(kind, node, policy, program);
    return { milliseconds, memory: report.memory / 1024 };
  });
  const figure = (at, name, of) => of(all[at].map((report) => report[name]));
  const rows = cases.map(({ node, kind }, at) => {
    if (kind === 'bare') return undefined;
    const bare = cases.findIndex((one) => one.node === node && one.kind === 'bare');
    const adds = (name, of) => figure(at, name, of) - figure(bare, name, of);
    return [node.version, kind === 'native' ? '`node --permission`' : 'permit', digits(figure(bare, 'milliseconds', least)), digits(adds('milliseconds', least)),
      digits(adds('milliseconds', median)), digits(adds('memory', median)), kind === 'native' ? '' : against(adds('milliseconds', least), 5)];
  });
  return table(['Node', 'way', 'bare, the least, ms', 'adds, ms', 'medians: adds, ms', 'memory adds, MiB', 'target'], rows.filter(Boolean));
}
