// Runs one program under one policy on one Node, in a child process, and gives back what it did.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The package under test. */
export const ROOT = join(here, '..', '..');
/** The preload. */
export const PRELOAD = join(ROOT, 'index.js');
/** The programs that the specs run. */
export const FIXTURES = join(here, '..', 'fixtures');

/** One flag string for `PERMIT_OPTIONS`. */
export function options(flags) {
  return flags.map((flag) => `"${flag.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

/**
 * An environment without a policy or options of the one who runs the tests. `npm run coverage`
 * reads what the programs use.
 */
export function cleanEnv(extra = {}) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (name === 'NODE_V8_COVERAGE') continue;
    if (name.startsWith('PERMIT_') || name.startsWith('NODE_') || name.startsWith('npm_')) delete env[name];
  }
  return { ...env, ...extra };
}

/** A folder of its own for a test file, by its real name; removed at the end. */
export function scratch() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'permit-')));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function spawnNode(node, args, { cwd, env, input } = {}) {
  const { status, signal, stdout, stderr } = spawnSync(node.path, args, {
    cwd,
    env: cleanEnv(env),
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, signal, stdout, stderr };
}

/**
 * Runs `node -r permit ...args` under the policy that the flags make.
 * @returns {{ status: number, signal: string, stdout: string, stderr: string }}
 */
export function held(node, flags, args, { env, ...rest } = {}) {
  return spawnNode(node, ['-r', PRELOAD, ...args], { env: { PERMIT_OPTIONS: options(flags), ...env }, ...rest });
}

/**
 * The same for a program that talks to servers of the test, which must not stand still meanwhile. It gets the descriptors
 * of `open` as its 3, 4 and so on.
 */
export async function heldBeside(node, flags, args, { env, cwd, open = [] } = {}) {
  const child = spawn(node.path, ['-r', PRELOAD, ...args], {
    cwd,
    env: cleanEnv({ PERMIT_OPTIONS: options(flags), ...env }),
    stdio: ['ignore', 'pipe', 'pipe', ...open],
    timeout: 60_000,
  });
  const texts = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const [status, signal] = await once(child, 'close');
  const [stdout, stderr] = (await Promise.all(texts)).map((parts) => parts.join(''));
  return { status, signal, stdout, stderr };
}

/** Runs `node ...args` without permit. */
export function bare(node, args, rest) {
  return spawnNode(node, args, rest);
}

/**
 * The JSON that a fixture printed as its last line; fails with everything it said if there is none.
 */
export function report(result) {
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(last);
  } catch {
    throw new Error(`no report (status ${result.status}, signal ${result.signal})\n${result.stdout}\n${result.stderr}`);
  }
}
