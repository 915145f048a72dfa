// `npm run platforms [-- platforms… --node=N,N --debug --write]`: builds the library for the
// platforms in `targets.mjs` and runs the example and the smoke program there, on Linux x64. Prints
// a table. `--write` puts it between its marks in the README; it takes a whole run, without
// platforms, `--node` and `--debug`. A run fetches what it needs by apt, pip and npm.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ROOT, cleanEnv } from '../helpers/run.mjs';
import { ALONE, SMOKE, smokeReport, smokeStart } from '../helpers/smoke.mjs';
import { build } from './build.mjs';
import { command, debian, fail, Missing, node as fetchNode } from './download.mjs';
import { PLATFORMS } from './targets.mjs';

const EXAMPLE = join('__test__', 'examples');
const MINUTE = 60_000;

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('-'));
const lines = words.find((word) => word.startsWith('--node='))?.slice(7);
const isOfLine = (version) => lines === undefined || lines.split(',').includes(version.split('.')[0]);

function checkWords() {
  const names = PLATFORMS.map(({ name }) => name);
  const unknown = [
    ...asked.filter((word) => !names.includes(word)),
    ...words.filter((word) => !/^(--write|--debug|--node=\d+(,\d+)*|[^-].*)$/.test(word)),
  ];
  if (unknown.length > 0) {
    throw new Missing(`unknown: ${unknown.join(' ')}; there are ${names.join(' ')}, --node=N, --debug and --write`);
  }
  if (words.includes('--write') && words.length > 1) throw new Missing('--write takes a whole run; give it alone');
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Missing('needs Linux x64');
}

/** A folder with permit as it is installed, for one platform, and its tests beside it. */
function packageOf({ name }, library) {
  const folder = join(ROOT, 'target', 'platforms', 'packages', name);
  rmSync(folder, { recursive: true, force: true });
  for (const part of [EXAMPLE, dirname(SMOKE)]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  for (const file of ['index.js', 'package.json']) copyFileSync(join(ROOT, file), join(folder, file));
  copyFileSync(library, join(folder, `permit.${name}.node`));
  return folder;
}

/**
 * How the programs of arm64 run here: `start` holds the words before the command, `children` tells
 * whether they can start programs of arm64 themselves.
 */
function emulator() {
  const tools = debian('qemu', ['qemu-user:amd64']);
  const libraries = debian(
    'arm64',
    ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'musl'].map((name) => `${name}:arm64`),
  );
  // The loaders are named in /lib, which a link leads to on a machine, and no package has the link.
  if (!existsSync(join(libraries, 'lib'))) symlinkSync('usr/lib', join(libraries, 'lib'));
  const qemu = join(tools, 'usr', 'bin', 'qemu-aarch64');
  const env = { QEMU_LD_PREFIX: libraries };
  const version = command('qemu-aarch64 --version', qemu, ['--version']).split(' ')[2];
  // The kernel starts a program of arm64 by qemu where binfmt_misc says so. Each namespace of users
  // has its own, so that the machine's stays as it is.
  const magic = `\\x7fELF\\x02\\x01\\x01${'\\x00'.repeat(9)}\\x02\\x00\\xb7\\x00`;
  const mask = `${'\\xff'.repeat(7)}\\x00${'\\xff'.repeat(8)}\\xfe\\xff\\xff\\xff`;
  const script =
    'mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && ' +
    'printf %s "$0" > /proc/sys/fs/binfmt_misc/register && exec "$@"';
  const namespace = ['unshare', '-Urm', '--propagation', 'private', 'sh', '-c', script];
  const start = [...namespace, `:permit-aarch64:M::${magic}:${mask}:${qemu}:F`];
  const tried = spawnSync(start[0], [...start.slice(1), 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return { start, env, children: true, version };
  const why = tried.error?.message ?? tried.stderr.trim().split('\n').at(-1);
  console.error(`platforms: no binfmt_misc in a namespace of users, so arm64 starts no children: ${why}`);
  return { start: [qemu], env, children: false, version };
}

/** Runs one start and returns `passed` with its seconds; prints what the program said if it failed. */
function outcome(what, start, { args, env }, judge) {
  const began = performance.now();
  const [file, ...first] = start;
  const { status, stdout, stderr } = spawnSync(file, [...first, ...args], {
    env: cleanEnv(env),
    encoding: 'utf8',
    timeout: 5 * MINUTE,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const passed = status === 0 && judge(stdout);
  console.error(`platforms: ${what}: ${passed ? 'passed' : 'FAILED'} after ${seconds} s`);
  if (!passed) {
    process.exitCode = 1;
    console.error(`${stdout}${stderr}`);
  }
  return passed ? `passed, ${seconds} s` : '**failed**';
}

const reports = (expected) => (stdout) => {
  try {
    return isDeepStrictEqual(JSON.parse(stdout), expected);
  } catch {
    return false;
  }
};

/** The row of one Node on one platform. */
function row(platform, version, folder, emulated) {
  const node = fetchNode(platform, version);
  const start = [...(emulated?.start ?? []), node];
  const env = emulated?.env ?? {};
  const run = (what, starting, judge) =>
    outcome(
      `${what} on ${platform.name}, Node ${version}`,
      start,
      { args: starting.args, env: { ...env, ...starting.env } },
      judge,
    );
  const cells =
    emulated?.children !== false
      ? [
          run('example', { args: [join(folder, EXAMPLE, 'start.mjs')] }, (text) =>
            text.includes('All as the policy says.'),
          ),
          run('smoke program', smokeStart(folder, node), reports(smokeReport(folder))),
        ]
      : ['not run: no children', 'not run: no children'];
  const probe = run('probe', smokeStart(folder, node, 'alone'), reports(ALONE));
  return [platform.title, version, emulated === undefined ? 'natively' : `qemu ${emulated.version}`, ...cells, probe];
}

/** Puts the table between its marks in the README. */
function write(text) {
  const path = join(ROOT, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- measured: npm run platforms -->', '<!-- /measured -->'];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md has no place for the table: ${begin}`);
  writeFileSync(path, `${readme.slice(0, from + begin.length)}\n${text}\n${readme.slice(to)}`);
}

try {
  checkWords();
  const chosen = PLATFORMS.filter(({ name }) => asked.length === 0 || asked.includes(name));
  if (!chosen.some(({ nodes }) => nodes.some(isOfLine))) throw new Missing(`none of these platforms has Node ${lines}`);
  const emulated = chosen.some((platform) => platform.emulated) ? emulator() : undefined;
  mkdirSync(join(ROOT, 'target', 'platforms'), { recursive: true });
  const libraries = build(chosen, words.includes('--debug') ? 'dev' : 'release');
  const rows = chosen.flatMap((platform) => {
    const folder = packageOf(platform, libraries[platform.name]);
    return platform.nodes
      .filter(isOfLine)
      .map((version) => row(platform, version, folder, platform.emulated ? emulated : undefined));
  });
  const head = ['platform', 'Node', 'run', 'example', 'smoke program', 'probe'];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const text = `${table.join('\n')}\n\nOn Linux ${release().split('.', 2).join('.')} x64, built by ${command('rustc', 'rustc', ['--version']).split(' (')[0]}.`;
  console.log(`\n${text}`);
  if (words.includes('--write') && process.exitCode === undefined) write(text);
} catch (error) {
  fail(error);
}
