// Compiles permit for other targets, on Linux x64. The toolchain carries the standard library of
// the machine's own target alone. cargo builds that of the others from its sources.
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../helpers/run.mjs';
import { apt, cached, command, Missing, python, unpack } from './download.mjs';

const LIBRARY = join('lib', 'rustlib', 'src', 'rust', 'library');
const TARGET = join(ROOT, 'target', 'platforms');

/** A toolchain with the sources of the standard library: rustup's, or a copy with Debian's. */
function toolchain() {
  const version = command('rustc --version', 'rustc', ['--version']).split(' ')[1];
  const installed = command('rustc --print sysroot', 'rustc', ['--print', 'sysroot']).trim();
  if (existsSync(join(installed, LIBRARY, 'std'))) return installed;
  const folder = cached(`rust-${version}`, (to) => {
    const run = apt(to, ['trixie', 'trixie-backports', 'forky', 'sid']);
    const versions = run('apt-cache', 'madison', 'rust-src').split('\n');
    const found = versions.map((line) => line.split('|')[1]?.trim()).find((one) => one?.startsWith(`${version}+`));
    if (found === undefined) {
      throw new Missing(
        `the sources of Rust ${version} are missing: Debian has no rust-src of that version, and ${installed} ` +
          'has none; install them there (rustup component add rust-src)',
      );
    }
    run('apt-get', 'download', '-qq', `rust-src=${found}`);
    unpack(to);
    const copy = join(to, 'toolchain');
    // Hard links: a toolchain is large. They do not lead to another file system.
    const copying = 'cp -al "$1" "$2" || { rm -rf "$2" && cp -a "$1" "$2"; }';
    command(`copying ${installed}`, 'sh', ['-c', copying, 'sh', installed, copy]);
    const sources = join(to, 'tree', 'usr', 'src');
    const name = readdirSync(sources).find((entry) => existsSync(join(sources, entry, 'library', 'std')));
    if (name === undefined) throw new Missing(`rust-src ${found} has no library/std`);
    mkdirSync(dirname(join(copy, LIBRARY)), { recursive: true });
    symlinkSync(join(sources, name, 'library'), join(copy, LIBRARY));
  });
  return join(folder, 'toolchain');
}

/**
 * Runs a command of cargo for targets, with Zig in the place of the other tools that they take: the
 * linker, the C compiler, and dlltool, which even a check for Windows needs. Errors of cargo go to
 * stderr as they are.
 */
function cargo(words, targets) {
  const rust = toolchain();
  const bin = python();
  // A library that Node loads is linked with the C library of the machine, on musl too.
  const flags = targets
    .filter((target) => target.endsWith('musl'))
    .map((target) => [
      `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUSTFLAGS`,
      '-C target-feature=-crt-static',
    ]);
  const fixed = [
    '--quiet',
    '--locked',
    '--lib',
    '--target-dir',
    TARGET,
    '-Z',
    'build-std=std,panic_abort',
    '-Z',
    'warnings',
  ];
  const chosen = targets.flatMap((target) => ['--target', target]);
  command(
    `cargo ${words.join(' ')} for ${targets.join(', ')}`,
    join(bin, 'cargo-zigbuild'),
    [...words, ...fixed, ...chosen],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...Object.fromEntries(flags),
        // build-std and the choice about warnings are not stable yet.
        RUSTC_BOOTSTRAP: '1',
        // On Windows the core leaves code unused. `npm run lint` shows the warnings.
        CARGO_BUILD_WARNINGS: 'allow',
        RUSTC: join(rust, 'bin', 'rustc'),
        CARGO: join(rust, 'bin', 'cargo'),
        PATH: `${bin}:${process.env.PATH}`,
      },
    },
  );
}

/** Checks that permit compiles for targets, with features or without them. */
export function check(targets, ...features) {
  cargo(['check', ...features], targets);
}

/** Builds the libraries of platforms. Returns the path of each by the platform's name. */
export function build(platforms, profile) {
  cargo(
    ['zigbuild', '--profile', profile],
    platforms.map(({ target }) => target),
  );
  const folder = profile === 'dev' ? 'debug' : profile;
  return Object.fromEntries(platforms.map(({ name, target }) => [name, join(TARGET, target, folder, 'libpermit.so')]));
}
