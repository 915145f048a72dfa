// Real packages from the registry, at the versions that `fixtures/rollout/package.json` names, beside the programs that use
// them. Installed once; what is there is kept.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from './run.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const fixtures = join(here, '..', 'fixtures', 'rollout');
/** The project with its packages. */
export const PROJECT = join(here, '..', '.packages');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Installs the packages, unless that was done for the same list. */
export function install() {
  const wanted = readFileSync(join(fixtures, 'package.json'), 'utf8');
  const stamp = join(PROJECT, 'installed.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(PROJECT, { recursive: true, force: true });
    mkdirSync(PROJECT);
    writeFileSync(join(PROJECT, 'package.json'), wanted);
    execFileSync(npm, ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(stamp, wanted);
  }
  cpSync(fixtures, PROJECT, { recursive: true });
}

/** The addon of better-sqlite3 for a Node, built from its source with that Node's own headers. */
export function build(node) {
  const abi = execFileSync(node.path, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim();
  const target = join(PROJECT, 'native', `${abi}.node`);
  if (existsSync(target)) return;
  const gyp = join(dirname(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const source = join(PROJECT, 'node_modules', 'better-sqlite3');
  const headers = join(dirname(node.path), '..');
  execFileSync(process.execPath, [gyp, 'rebuild', '--release', `--nodedir=${headers}`, '--loglevel=error'], {
    cwd: source, stdio: ['ignore', 'ignore', 'inherit'],
    // SQLite is large; how fast it is does not matter here.
    // What npm is told of headers, it is told of its own Node's.
    env: cleanEnv({ CFLAGS: '-O0', CXXFLAGS: '-O0' }),
  });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(join(source, 'build', 'Release', 'better_sqlite3.node'), target);
  rmSync(join(source, 'build'), { recursive: true });
}
