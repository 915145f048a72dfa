// A real build: TypeScript compiles the sources of `pg-protocol`, bare, held by a policy, and in
// audit, where each thing that it touches is recorded. The least of all rounds counts.
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ORACLE } from '../../helpers/nodes.mjs';
import { ROOT } from '../../helpers/run.mjs';
import { against, digits, least, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, run } from '../kinds.mjs';

const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript')), 'tsc.js');
const source = join(dirname(require.resolve('pg-protocol')), '..', 'src', 'index.ts');

export const rounds = 9;

export async function measure(count) {
  const out = join(FOLDER, 'built');
  const log = join(FOLDER, 'build.jsonl');
  const args = [
    source,
    '--outDir',
    out,
    '--target',
    'es2022',
    '--module',
    'commonjs',
    '--moduleResolution',
    'node',
    '--types',
    'node',
    '--typeRoots',
    join(ROOT, 'node_modules', '@types'),
    '--skipLibCheck',
    '--esModuleInterop',
    '--declaration',
  ];
  const held = policyFile('build', { 'allow-fs-read': ROOT, 'allow-fs-write': out });
  const nothing = policyFile('nothing', {});
  const cases = [
    { name: 'bare', kind: 'bare' },
    { name: '`node --permission`', kind: 'native', policy: held },
    { name: 'permit', kind: 'permit', policy: held },
    {
      name: 'permit in audit, with nothing granted and a log',
      kind: 'permit',
      policy: nothing,
      flags: ['--permission-audit', `--audit-log=${log}`],
      target: 1.5,
    },
  ];
  const all = await inTurn(cases, count, async ({ kind, policy, flags }) => {
    rmSync(out, { recursive: true, force: true });
    rmSync(log, { force: true });
    mkdirSync(out);
    return (await run(kind, ORACLE, policy, compiler, { args, flags })).milliseconds;
  });
  const rows = cases.slice(1).map(({ name, target }, index) => {
    const ratio = least(all[index + 1]) / least(all[0]);
    return [
      name,
      digits(least(all[0])),
      digits(least(all[index + 1])),
      digits(ratio),
      target === undefined ? '' : against(ratio, target),
    ];
  });
  return table(['way', 'bare, the least, ms', 'with it, ms', 'ratio', 'target'], rows);
}
