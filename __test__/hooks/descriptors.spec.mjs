// By number, a program uses the files that it opened or was started with, and no others. Node and
// the C library open files as well, and their numbers can be guessed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { linux } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv, options, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'descriptors');
const shelf = scratch();

/** Runs a program in a granted folder, with a file as its descriptor 3. Gives what it reports. */
function run(node, program, { flags, isBare = false } = {}) {
  const cwd = mkdtempSync(join(shelf, 'folder-'));
  writeFileSync(join(cwd, 'given'), 'given');
  const policy = [`--allow-fs-read=${here}`, `--allow-fs-read=${cwd}`, `--allow-fs-write=${cwd}`, ...(flags ?? [])];
  const preload = isBare ? [] : ['-r', PRELOAD];
  const { stdout, stderr } = spawnSync(node.path, [...preload, join(here, program)], {
    cwd,
    env: cleanEnv(isBare ? {} : { PERMIT_OPTIONS: options(policy) }),
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe', openSync(join(cwd, 'given'))],
  });
  assert.match(stdout, /^\{.*\}\n$/, `${stdout}${stderr}`);
  return JSON.parse(stdout);
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const flags = ['--allow-fs-read=/proc/self/fd', '--allow-child-process'];
    it('a file that Node opened is not used by its number', { skip: linux() }, () => {
      const bare = run(node, 'foreign.js', { isBare: true });
      assert.ok(bare.done.length > 5, JSON.stringify(bare));
      assert.deepEqual(run(node, 'foreign.js', { flags }), { done: [], codes: ['ERR_ACCESS_DENIED'], own: 'mine' });
    });
    it('what the program opened, or was started with, stays its own', () => {
      assert.deepEqual(run(node, 'own.js', { flags: ['--allow-worker'] }), {
        deleted: 'gone',
        inherited: 'give',
        handle: 'text',
        ofWorker: 'text',
        afterWorker: Array(8).fill('text').join(),
        ofEndedWorker: 'EBADF',
        afterDrop: 'text',
        waitingAtDrop: 'text',
      });
    });
    it('a program without narrow grants uses any number', { skip: linux() }, () => {
      const all = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process', '--allow-ffi'];
      assert.ok(run(node, 'foreign.js', { flags: all }).done.length > 5);
    });
  });
}
