// Runs one program in three ways: on bare Node, under the permission model of Node itself, and
// under permit. Each run is a process of its own and prints one line of JSON. The ways take turns,
// round by round, so that what else the machine does meanwhile falls on all of them alike.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv, PRELOAD } from '../helpers/run.mjs';

/** A folder of its own for what a benchmark writes; removed when the process ends. */
export const FOLDER = realpathSync(mkdtempSync(join(tmpdir(), 'permit-bench-')));
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The programs that are measured. */
export const PROGRAMS = join(import.meta.dirname, 'programs');

/** A policy file with this `permission` object. Node reads the very same file. */
export function policyFile(name, permission) {
  const path = join(FOLDER, `${name}.json`);
  writeFileSync(path, JSON.stringify({ permission }));
  return path;
}

const ARGUMENTS = {
  bare: () => [],
  native: (policy) => ['--permission', '--no-warnings', `--experimental-config-file=${policy}`],
  permit: () => ['-r', PRELOAD],
  named: () => ['-r', '@org/permit'],
  floor: () => ['--no-deprecation', '-r', join(PROGRAMS, 'floor.js')],
};

/** Starts the program in one of the ways, under a policy file. */
export function start(kind, node, policy, program, { args = [], flags = [], env = {}, cwd } = {}) {
  return spawn(node.path, [...ARGUMENTS[kind](policy), program, ...args], {
    env: cleanEnv({
      ...(kind === 'permit' || kind === 'named'
        ? { PERMIT_CONFIG: policy, ...(flags.length > 0 ? { PERMIT_OPTIONS: flags.join(' ') } : {}) }
        : {}),
      ...env,
    }),
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Runs it to its end: `{ report, milliseconds }`, where `report` is the JSON that it printed last.
 */
export async function run(...how) {
  const begin = performance.now();
  const child = start(...how);
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const [status, signal] = await once(child, 'close');
  const milliseconds = performance.now() - begin;
  const text = (await stdout).join('').trim();
  if (status !== 0)
    throw new Error(
      `${how[0]} on ${how[1].version}: ended with ${status ?? signal}\n${text}\n${(await stderr).join('')}`,
    );
  return { report: text === '' ? undefined : JSON.parse(text.split('\n').at(-1)), milliseconds };
}

/**
 * The figures of `measure` for each of the cases, `rounds` times, in turn: a list of as many
 * figures a case.
 */
export async function inTurn(cases, rounds, measure) {
  const figures = cases.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, one] of cases.entries()) figures[at].push(await measure(one));
  }
  return figures;
}
