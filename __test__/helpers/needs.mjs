// What a test needs of the machine beyond Node. A reason to skip starts with "needs": `suite.mjs`
// adds these up at its end.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ALL_NODES, NODES } from './nodes.mjs';

/** The programs that `.ci/run` installs, by the package that has them. */
const INSTALLED = {
  'g++': 'build-essential',
  make: 'build-essential',
  python3: 'python3',
  'redis-server': 'redis-server',
  postgres: 'postgresql',
  initdb: 'postgresql',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  rsyslogd: 'rsyslog',
  logrotate: 'logrotate',
  chromium: 'chromium',
  duckdb: 'duckdb-cli, from PyPI',
};
/** Other names of the same program. */
const ALIASES = { chromium: ['chromium', 'chromium-browser', 'google-chrome'] };

/**
 * Returns the path of a program. Debian has servers in folders that are not on every user's path.
 */
export function find(program) {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/snap/bin', ...versions];
  return (ALIASES[program] ?? [program])
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(existsSync);
}

/**
 * Returns why a test is skipped that needs these programs, or `false`. Throws in CI, where all of
 * them are installed.
 */
export function programs(...names) {
  const absent = names.filter((name) => !find(name));
  if (absent.length === 0) return false;
  const packages = new Set(absent.map((name) => INSTALLED[name] ?? name));
  if (process.env.CI)
    throw new Error(`${absent.join(' and ')} not installed, which CI must have (${[...packages].join('; ')})`);
  return `needs ${absent.join(' and ')} (${[...packages].join('; ')})`;
}

/**
 * Returns why a test is skipped that needs something which no installation gives, such as root, or
 * `false`.
 */
export function machine(has, what) {
  return has ? false : `needs ${what}`;
}

/** Returns why a test for Linux alone is skipped, or `false`. */
export const linux = () => machine(process.platform === 'linux', 'Linux');
/** Returns why a test is skipped that acts as several users of Linux, or `false`. */
export const root = () => machine(process.platform === 'linux' && process.getuid() === 0, 'root on Linux');
/** Returns why a test is skipped that adds up what every line of Node gives, or `false`. */
export const everyLine = () => machine(NODES.length === ALL_NODES.length, 'every line of Node');
