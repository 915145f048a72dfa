// What permit adds to the start of a process, as a user starts one. The working directory is a
// project that has permit installed. The preload is given by name, and the policy file has ten
// grants. Each figure is of a whole process, from spawn to exit. The family `policies` measures the
// start with 100,000 grants.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODES, ORACLE } from '../../helpers/nodes.mjs';
import { ROOT } from '../../helpers/run.mjs';
import { against, digits, median, spread, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, PROGRAMS, run } from '../kinds.mjs';
import { tenFolders } from './calls.mjs';

export const rounds = 51;

/**
 * A project with permit in it, as npm installs it: the package, and beside it that of the native
 * library.
 */
function project() {
  const folder = join(FOLDER, 'project');
  const target = `${process.platform}-${process.arch}-gnu`;
  const library = `permit.${target}.node`;
  const [own, native] = ['permit', `permit-${target}`].map((name) => join(folder, 'node_modules', '@org', name));
  for (const path of [own, native]) mkdirSync(path, { recursive: true });
  for (const name of ['index.js', 'index.d.ts', 'package.json']) copyFileSync(join(ROOT, name), join(own, name));
  copyFileSync(join(ROOT, 'npm', target, 'package.json'), join(native, 'package.json'));
  copyFileSync(join(ROOT, library), join(native, library));
  writeFileSync(join(folder, 'package.json'), '{"name":"project","version":"1.0.0","private":true}');
  writeFileSync(join(folder, 'app.js'), readFileSync(join(PROGRAMS, 'idle.js')));
  return folder;
}

export async function measure(count) {
  const folder = project();
  const policy = policyFile('start', { 'allow-fs-read': [...tenFolders(), join(folder, 'app.js')] });
  const cases = NODES.flatMap((node) =>
    (node === ORACLE ? ['bare', 'native', 'named'] : ['bare', 'named']).map((kind) => ({ node, kind })),
  );
  const all = await inTurn(cases, count, async ({ node, kind }) => {
    const { report, milliseconds } = await run(kind, node, policy, 'app.js', { cwd: folder });
    return { milliseconds, memory: report.memory / 1024 };
  });
  const figures = (at, name) => all[at].map((report) => report[name]);
  const rows = cases.map(({ node, kind }, at) => {
    if (kind === 'bare') return undefined;
    const bare = cases.findIndex((one) => one.node === node && one.kind === 'bare');
    const adds = (name) => median(figures(at, name)) - median(figures(bare, name));
    const ratio = adds('milliseconds') / median(figures(bare, 'milliseconds'));
    return [
      node.version,
      kind === 'native' ? '`node --permission`' : 'permit',
      spread(figures(bare, 'milliseconds')),
      spread(figures(at, 'milliseconds')),
      digits(adds('milliseconds')),
      digits(ratio),
      spread(figures(bare, 'memory')),
      digits(adds('memory')),
      kind === 'native' ? '' : against(ratio, 0.15),
    ];
  });
  return table(
    ['Node', 'way', 'bare, ms', 'with it, ms', 'adds, ms', 'of the bare start', 'bare, MiB', 'adds, MiB', 'target'],
    rows.filter(Boolean),
  );
}
