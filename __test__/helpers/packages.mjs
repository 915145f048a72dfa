// Real packages from the registry, at the versions that the `package.json` of some fixtures name,
// beside the programs that use them. Installed once; what is there is kept.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from './run.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const fixtures = join(here, '..', 'fixtures', 'rollout');
/** The project with its packages. */
export const PROJECT = join(here, '..', '.packages');
/**
 * The one with OpenTelemetry. In a folder of its own: what permit does there it does nowhere else.
 */
export const TELEMETRY = join(here, '..', '.telemetry');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Installs the packages of the project, unless that was done for the same list. */
export function install() {
  installIn(PROJECT, fixtures);
  cpSync(fixtures, PROJECT, { recursive: true });
}

/** Installs OpenTelemetry, and an older and a newer one in the folders `old` and `new`. */
export function installTelemetry() {
  const from = join(here, '..', 'fixtures', 'telemetry');
  installIn(TELEMETRY, from);
  for (const name of ['old', 'new']) installIn(join(TELEMETRY, name), join(from, name));
  cpSync(from, TELEMETRY, { recursive: true });
}

function installIn(folder, list) {
  const wanted = readFileSync(join(list, 'package.json'), 'utf8');
  const stamp = join(folder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), wanted);
  execFileSync(
    npm,
    ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  writeFileSync(stamp, wanted);
}

/** The addon of better-sqlite3 for a Node, built from its source with that Node's own headers. */
export function build(node) {
  const abi = execFileSync(node.path, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim();
  const target = join(PROJECT, 'native', `${abi}.node`);
  if (existsSync(target)) return;
  const gyp = join(
    dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())),
    '..',
    'node_modules',
    'node-gyp',
    'bin',
    'node-gyp.js',
  );
  const source = join(PROJECT, 'node_modules', 'better-sqlite3');
  const headers = join(dirname(node.path), '..');
  execFileSync(process.execPath, [gyp, 'rebuild', '--release', `--nodedir=${headers}`, '--loglevel=error'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
    // SQLite is large; how fast it is does not matter here.
    // What npm is told of headers, it is told of its own Node's.
    env: cleanEnv({ CFLAGS: '-O0', CXXFLAGS: '-O0' }),
  });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(join(source, 'build', 'Release', 'better_sqlite3.node'), target);
  rmSync(join(source, 'build'), { recursive: true });
}
