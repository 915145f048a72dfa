// The Node versions that the suite runs on, as the npm registry carries them. As a program:
// installs what is missing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One version of each line. `TEST_NODE_VERSIONS` names others, for a look at what is newer. */
const VERSIONS = process.env.TEST_NODE_VERSIONS?.split(',') ?? ['20.20.2', '22.23.5', '24.22.3', '26.12.1'];
/**
 * The oldest release that permit supports, and the first of the newest line: the service of `npm
 * start` runs there too.
 */
const SERVICE_VERSIONS = ['20.12.2', '26.0.0'];
const named = join(dirname(fileURLToPath(import.meta.url)), '..', '.nodes');
/**
 * A process tells its program by the real path, and several clones may share a folder of Nodes by a
 * link.
 */
const folder = existsSync(named) ? realpathSync(named) : named;
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;
const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';

/** A release that is too old. */
const TOO_OLD_VERSION = '18.20.8';

const installed = (version) => ({
  major: Number(version.split('.')[0]),
  version,
  path: join(folder, version, 'node_modules', name, binary),
});

/** Every line of Node that permit supports, oldest first. */
export const ALL_NODES = VERSIONS.map(installed);
/** The lines that `npm run test:node -- --node 24` names; all without it. */
const lines = process.env.TEST_NODES?.split(',').map(Number);

/** `{ major, version, path }` of every Node that this run of the suite is for, oldest first. */
export const NODES = lines === undefined ? ALL_NODES : ALL_NODES.filter(({ major }) => lines.includes(major));

/** Releases at the edges of what permit supports, for the service alone. */
export const SERVICE_NODES = SERVICE_VERSIONS.map(installed);

/** The Node whose own permission model is the measure. */
export const ORACLE = ALL_NODES.at(-1);

/** A Node that permit must turn away. */
export const TOO_OLD = installed(TOO_OLD_VERSION);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { version, path } of [...ALL_NODES, ...SERVICE_NODES, TOO_OLD]) {
    if (existsSync(path)) continue;
    const target = join(folder, version);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'package.json'), '{"private":true}\n');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(
      npm,
      ['install', '--prefix', target, '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`],
      {
        stdio: 'inherit',
      },
    );
    console.log(`node ${version}: installed`);
  }
}
