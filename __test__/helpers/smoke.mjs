// The smoke program: how it is started, and what has to come of it.
import { join } from 'node:path';
import { options } from './run.mjs';

/** Where the program lies in a package that has its tests beside it. */
export const SMOKE = join('__test__', 'fixtures', 'platforms', 'smoke.js');

/** The arguments and the environment of a start, for a package that lies in a folder. */
export function smokeStart(folder, node, ...args) {
  const program = join(folder, SMOKE);
  const flags = [
    `--allow-fs-read=${join(program, '..', 'granted.txt')}`,
    `--allow-child-process=${node}`,
    '--allow-worker',
  ];
  return { args: ['-r', join(folder, 'index.js'), program, ...args], env: { PERMIT_OPTIONS: options(flags) } };
}

const refused = (permission, resource) => ({ code: 'ERR_ACCESS_DENIED', permission, resource });
const reads = { granted: 'the granted text', refused: refused('FileSystemRead', '/etc/passwd') };

/** What the program reports in a package that lies in a folder. */
export function smokeReport(folder) {
  const granted = join(folder, SMOKE, '..', 'granted.txt');
  return {
    process: reads,
    worker: reads,
    child: reads,
    connection: refused('Net', '127.0.0.1:9'),
    dropped: { granted: refused('FileSystemRead', granted), refused: reads.refused },
  };
}

/** What it reports where it starts nothing. */
export const ALONE = { process: reads };
