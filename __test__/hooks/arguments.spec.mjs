// A property of every guarded function: the decision that was taken is the decision that acted. A
// generated program calls what the public modules export with arguments that run code while they
// are read, and that say another thing at the second look. Nothing of the denied folder comes back,
// nothing in it changes, and nobody connects to the server that is not granted.
//
// Each run has a seed, which a failure names. `ARGUMENT_SEED=<seed>` runs that seed alone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  closeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { ARGUMENT_SEEDS } from '../data/argument-seeds.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, ROOT, bare, heldBeside, scratch } from '../helpers/run.mjs';

/** How long each Node is tried. */
const SECONDS = Number(process.env.ARGUMENT_SECONDS ?? 30);
const PROGRAM = join(FIXTURES, 'arguments', 'program.js');
/** What only the denied folder has: a text, a name, and a size. */
const SIGNS = ['text-that-nobody-guesses', 'name-that-nobody-guesses', '7654321'];
const folder = scratch();

/** The positions of arguments that the rows of the hook tables guard, by the names of public functions. */
function positions() {
  const args = ['run', '--quiet', '--no-default-features', '--example', 'hooks'];
  const { rows } = JSON.parse(execFileSync('cargo', args, { cwd: ROOT, encoding: 'utf8' }));
  const found = {};
  for (const { label, guards } of rows) {
    const numbers = guards.flatMap((guard) => guard.match(/\d+/g) ?? []).map(Number);
    const [, name] = label.match(/^binding fs\.(\w+)$/) ?? [];
    const names = name ? [`fs.${name}`, `fs.${name}Sync`, `fs/promises.${name}`] : [label.replace(/^node:/, '')];
    for (const one of names) found[one] = [...new Set([...(found[one] ?? []), ...numbers])];
  }
  return found;
}

/** A granted and a denied folder. */
function world() {
  const root = mkdtempSync(join(folder, 'world-'));
  const [granted, denied] = ['granted', 'denied'].map((name) => join(root, name));
  for (const path of ['sub', 'leads', 'dropped', 'own/out']) mkdirSync(join(granted, path), { recursive: true });
  mkdirSync(denied);
  writeFileSync(join(granted, 'file'), 'granted');
  writeFileSync(join(granted, 'dropped', 'file'), 'dropped');
  writeFileSync(join(granted, 'own', 'out', 'secret'), 'its own');
  writeFileSync(join(denied, 'secret'), SIGNS[0]);
  truncateSync(join(denied, 'secret'), Number(SIGNS[2]));
  writeFileSync(join(denied, SIGNS[1]), '');
  symlinkSync(denied, join(granted, 'leads', 'out'));
  return { root, granted, denied };
}

/** What is in a folder: names, sizes, times, modes, and how each file begins. */
function state(directory) {
  const entries = readdirSync(directory, { recursive: true }).toSorted();
  return entries.map((name) => {
    const { size, mtimeMs, mode, ino, uid, nlink } = lstatSync(join(directory, name));
    return { name, size, mtimeMs, mode, ino, uid, nlink, begins: beginning(join(directory, name)) };
  });
}

function beginning(path) {
  if (!lstatSync(path).isFile()) return '';
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(40);
  const length = readSync(file, bytes);
  closeSync(file);
  return bytes.toString('latin1', 0, length);
}

const connections = { count: 0 };
const servers = [createServer((socket) => socket.destroy()), createServer(() => (connections.count += 1))];
before(() => Promise.all(servers.map((server) => new Promise((done) => server.listen(0, '127.0.0.1', done)))));
after(() => servers.forEach((server) => server.close()));

const guarded = positions();

/** Runs one seed, and says what went wrong: nothing, it is hoped. */
async function attempt(node, { seed, inWorker = seed % 4 === 0 }, isHeld = true) {
  const { root, granted, denied } = world();
  const [open, closed] = servers.map((server) => server.address().port);
  const says = SIGNS.map((sign) => [...sign].toReversed().join(''));
  const given = { seed, granted, denied, open, closed, positions: guarded, calls: 150, says, inWorker };
  const args = [PROGRAM, JSON.stringify(given)];
  const flags = [granted, PROGRAM, '/proc/self'].map((path) => `--allow-fs-read=${path}`);
  flags.push(`--allow-fs-write=${granted}`, `--allow-net=127.0.0.1:${open}`, '--allow-worker', '--allow-wasi');
  const [first, count] = [state(denied), connections.count];
  const ended = isHeld ? await heldBeside(node, flags, args, { cwd: granted }) : bare(node, args, { cwd: granted });
  const wrong = ended.stdout.match(/^LEAK .*/gm) ?? [];
  const now = state(denied);
  if (JSON.stringify(now) !== JSON.stringify(first)) wrong.push(`changed: ${JSON.stringify(now)}`);
  if (connections.count !== count) wrong.push('connected');
  rmSync(root, { recursive: true, force: true });
  const { status, signal, stderr } = ended;
  const crashed = status !== 0 && signal !== 'SIGTERM' ? `${status} ${signal} ${stderr.slice(-1500)}` : '';
  return { wrong, crashed, isDone: /^DONE /m.test(ended.stdout) };
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('the program gets out where nothing holds it', async () => {
      let wrong = [];
      for (let seed = 1; seed < 12 && wrong.length === 0; seed += 1)
        ({ wrong } = await attempt(node, { seed, inWorker: false }, false));
      assert.notEqual(wrong.length, 0);
    });

    it('what was decided is what acts', async (t) => {
      const { ARGUMENT_SEED: only } = process.env;
      const kept = only ? [{ seed: Number(only) }] : ARGUMENT_SEEDS.filter(({ major }) => major === node.major);
      const first = only ? 0 : Date.now() % 1_000_000_000;
      const until = only ? 0 : Date.now() + SECONDS * 1000;
      let [runs, done] = [0, 0];
      const one = async (run) => {
        const { wrong, crashed, isDone } = await attempt(node, run);
        assert.deepEqual(wrong, [], `seed ${run.seed}`);
        // Node itself crashes for some arguments.
        if (crashed) {
          const alone = await attempt(node, run, false);
          assert.ok(alone.crashed, `seed ${run.seed} crashes here and not without permit: ${crashed}`);
        }
        runs += 1;
        done += isDone || run.seed % 4 === 0 ? 1 : 0;
      };
      for (const run of kept) await one(run);
      for (let seed = first; Date.now() < until; seed += 1) await one({ seed });
      t.diagnostic(`seeds from ${first}: ${runs} runs, ${done} of them to the end`);
      assert.ok(done > runs / 2, `${done} of ${runs} came to the end`);
    });
  });
}
