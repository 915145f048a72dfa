// Worker threads: refused without --allow-worker; with it, every thread is held by the policy of
// the thread that makes it, whatever its options say and by whichever class it is made.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { linux } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, bare, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'worker');
const folder = scratch();
const secret = join(folder, 'secret');
writeFileSync(secret, 'SECRET\n');
writeFileSync(`${secret}.mjs`, "export const secret = 'SECRET';\n");
const READ = [`--allow-fs-read=${here}`];
const WORKER = [...READ, '--allow-worker'];
const way = (node, name) => report(held(node, WORKER, [join(here, 'start.js'), name, secret]));
const HELD = { held: 'function', read: 'ERR_ACCESS_DENIED' };

/** A worker that is held, or none at all. */
function heldOrNone(found) {
  if ('held' in found) assert.deepEqual({ ...found, ran: undefined }, { ...HELD, ran: undefined });
  else assert.ok(found.thrown || found.error || found.exit, JSON.stringify(found));
  assert.notEqual(found.ran, 'before permit');
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('a thread gets permit by its absolute path, wherever it is made, and the options of Node that it would have', () => {
      const [app, elsewhere] = [join(folder, `app-${node.major}`), join(folder, `elsewhere-${node.major}`)];
      for (const at of [app, elsewhere]) mkdirSync(join(at, 'node_modules', '@org'), { recursive: true });
      symlinkSync(ROOT, join(app, 'node_modules', '@org', 'permit'));
      mkdirSync(join(elsewhere, 'node_modules', '@org', 'permit'));
      writeFileSync(join(elsewhere, 'node_modules', '@org', 'permit', 'index.js'), 'globalThis.planted = true;');
      const flags = options([...WORKER, `--allow-fs-read=${elsewhere}`]);
      for (const preload of ['-r', '--import']) {
        const found = report(
          bare(
            node,
            ['--title=x', preload, '@org/permit', '--conditions=one', join(here, 'anywhere.js'), elsewhere, secret],
            { cwd: app, env: { PERMIT_OPTIONS: flags } },
          ),
        );
        const said = { ...HELD, planted: false, conditions: true };
        assert.deepEqual(
          found,
          { plain: said, shared: said, given: { ...said, conditions: false }, loader: found.loader, left: [] },
          preload,
        );
        assert.deepEqual({ ...found.loader, conditions: undefined }, { ...said, conditions: undefined }, preload);
      }
    });

    describe('without --allow-worker', () => {
      let found;
      before(() => {
        found = report(held(node, READ, [join(here, 'refused.js')]));
      });
      it('every way to make one throws the refusal', () => {
        assert.equal(Object.keys(found).length, 8);
        for (const [name, outcome] of Object.entries(found)) {
          assert.equal(outcome.code, 'ERR_ACCESS_DENIED', `${name} ${JSON.stringify(outcome)}`);
          assert.equal(outcome.permission, 'WorkerThreads', name);
          assert.equal(typeof outcome.resource, 'string', name);
          assert.equal(
            outcome.message,
            'Access to this API has been restricted. Use --allow-worker to manage permissions.',
          );
        }
      });
      it('the file is the resource', () => assert.equal(found['new Worker(file)'].resource, join(here, 'refused.js')));
    });

    describe('with --allow-worker', () => {
      it('everything about workers works', () => {
        const found = report(held(node, WORKER, [join(here, 'use.js')]));
        const expected = report(bare(node, [join(here, 'use.js')]));
        // permit knows which options a worker may have, and refuses any other before Node says what
        // is wrong with it.
        assert.deepEqual(found, { ...expected, 'bad flag': ['Error', 'ERR_ACCESS_DENIED'] });
        assert.equal(found.piped, 'piped');
      });

      it('a worker that has ended leaves no more than it leaves on bare Node', { skip: linux() }, () => {
        const args = ['--expose-gc', '--max-semi-space-size=1', join(here, 'ended.js')];
        const env = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '0' };
        const without = report(bare(node, args, { env }));
        const with_ = report(held(node, [`--allow-fs-read=${here}`, '--allow-worker'], args, { env }));
        // Each took 40 to 60 kB once. What is left is the noise of two allocators.
        assert.ok(with_ - without < 25 * 1024, `${with_} and ${without} bytes a worker`);
      });

      it('a worker keeps the context of its maker, and hooks of async_hooks see what they see in Node', () => {
        const program = join(here, 'context.js');
        assert.deepEqual(report(held(node, ['--allow-worker'], [program])), report(bare(node, [program])));
      });

      it('a worker that is terminated while it starts does not end the process', () => {
        const result = held(node, WORKER, [join(here, 'terminate.js')]);
        assert.deepEqual(
          { ...result, stdout: result.stdout.trim() },
          { status: 0, signal: null, stdout: '"alive"', stderr: '' },
        );
      });
      it('a worker that is made while another is under construction does not disturb it', () => {
        assert.deepEqual(report(held(node, WORKER, [join(here, 'during.js')])), ['inner', 'outer']);
      });

      for (const name of [
        'a file',
        'a URL',
        'execArgv: []',
        'env: {}',
        'execArgv: [], env: {}',
        'SHARE_ENV',
        'SHARE_ENV, execArgv: []',
        'eval',
        'eval with nothing',
        'a data: URL',
        'options that change',
        'a Proxy of options',
        'an execArgv that is a Proxy',
        'options on Object.prototype',
        'a subclass',
        'a worker of a worker',
        'after a chdir',
      ]) {
        it(`a worker is held: ${name}`, () => assert.deepEqual(way(node, name), HELD));
      }
      for (const name of [
        'env.NODE_OPTIONS with a preload',
        'process.env.NODE_OPTIONS with a preload',
        'process.env.NODE_OPTIONS with a preload, shared',
        'execArgv with a preload',
        'execArgv with an import',
      ]) {
        it(`no other preload runs first: ${name}`, () =>
          assert.deepEqual(way(node, name), { ...HELD, ran: 'after permit' }));
      }
      for (const name of [
        'Reflect.construct',
        'type: module',
        'NODE_OPTIONS that leads away from the preload',
        'Array.prototype with accessors',
        'the prototype of the class',
        'the class of a worker',
        'the constructor on the prototype',
        'the class on the diagnostics channel',
        'the class of the loader thread',
        'the class below the loader thread',
        'the class below the loader thread, after another register',
        'the class below the loader thread, after a register that fails',
        'a handle put into a worker under construction',
        'the handle of a worker',
        '--expose-internals',
        '--experimental-shadow-realm',
      ]) {
        it(`a worker is held or is not made: ${name}`, () => heldOrNone(way(node, name)));
      }

      it('a loader thread is held and does its work', () => {
        assert.deepEqual(report(held(node, WORKER, [join(here, 'loader.js'), secret])), { ...HELD, hooked: 'made up' });
      });
      it('a worker is held when permit was preloaded by --import', () => {
        const env = { PERMIT_OPTIONS: options(WORKER) };
        for (const name of ['a file', 'execArgv: [], env: {}', 'SHARE_ENV']) {
          const args = ['--import', pathToFileURL(PRELOAD).href, join(here, 'start.js'), name, secret];
          assert.deepEqual(report(bare(node, args, { env })), HELD, name);
        }
      });
      it('a loader thread is held or refused when permit was preloaded by --import', () => {
        const env = { PERMIT_OPTIONS: options(WORKER) };
        const result = bare(node, ['--import', pathToFileURL(PRELOAD).href, join(here, 'loader.js'), secret], { env });
        if (result.status === 0) assert.deepEqual(report(result), { ...HELD, hooked: 'made up' });
        else assert.match(result.stderr, /ERR_ACCESS_DENIED|Access to this API/);
      });
      it('a worker is held when permit was preloaded by a relative path and the working directory changed', () => {
        const env = { PERMIT_OPTIONS: options(WORKER) };
        const result = bare(node, ['-r', './index.js', join(here, 'start.js'), 'after a chdir', secret], {
          cwd: ROOT,
          env,
        });
        assert.deepEqual(report(result), HELD);
      });

      for (const name of [
        '--cpu-prof',
        '--heap-prof',
        '--localstorage-file',
        '--redirect-warnings',
        'NODE_OPTIONS --cpu-prof',
      ]) {
        it(`a worker's own ${name} writes nothing that the policy does not grant`, () => {
          const target = join(folder, `${node.major}${name.replace(/\W/g, '')}`);
          mkdirSync(target);
          held(node, WORKER, [join(here, 'options.js'), target, name]);
          assert.deepEqual(readdirSync(target), []);
        });
      }
    });

    it('a worker with hardly any stack fails alone', () => {
      for (const size of ['0.25', '0.252', '0.254', '0.256', '0.26', '0.3']) {
        const args = [join(here, 'small-stack.js'), size, secret];
        // Of less Node itself ends the process.
        if (bare(node, args).status !== 0) continue;
        const result = held(node, WORKER, args);
        assert.equal(result.status, 0, `${size}: ${result.stderr}`);
        assert.ok(!result.stdout.includes('SECRET'), result.stdout);
      }
    });
    it('what a thread gives up, it and the threads below it lose, and no other', () => {
      const found = report(held(node, [...WORKER, `--allow-fs-read=${secret}`], [join(here, 'drop.js'), secret]));
      assert.deepEqual(found, {
        before: true,
        inDropper: false,
        belowDropper: false,
        mainAfterWorkerDropped: true,
        live: true,
        main: false,
        liveAfter: false,
        nestedAfter: false,
        later: false,
      });
    });

    it('a worker may be given less than its maker has, and never more', () => {
      const file = join(folder, 'granted');
      writeFileSync(file, 'granted');
      const flags = [...WORKER, `--allow-fs-read=${file}`, '--allow-child-process=true'];
      const found = report(held(node, flags, [join(here, 'less.js'), file, secret], { env: { SECRET: 'hunter2' } }));
      const no = 'ERR_ACCESS_DENIED';
      const all = { granted: 'granted', denied: no, child: 0, secret: 'hunter2', has: [true, false] };
      const one = { ...all, child: no };
      const nothing = { ...one, granted: no, has: [false, false] };
      assert.deepEqual(found, {
        'all of it': all,
        nothing,
        'one file': one,
        'more than its maker': all,
        'an environment': { ...one, secret: null },
        'a script of its own': one,
        'a URL': nothing,
        'a mistake':
          'ERR_INVALID_ARG_VALUE: new Worker:1:16: unknown key "allow-fs-raed" in "permission"; did you mean "allow-fs-read"?',
        'no object': 'ERR_INVALID_ARG_VALUE: new Worker:1:15: found a string for "permission", expected an object',
        'a function':
          'ERR_INVALID_ARG_VALUE: The option \'permission\' of a worker is an object, as the key "permission" of a policy file',
        'after a mistake': all,
        'a worker of a worker': one,
      });
    });

    it('a worker has the variables of its maker and no others, and those that are shared are a copy', () => {
      const [own, ...found] = report(held(node, WORKER, [join(here, 'variables.js')]));
      const without = own
        .split(',')
        .filter((name) => name !== 'NODE_COMPILE_CACHE')
        .join();
      assert.notEqual(without, own);
      assert.deepEqual(found, [without, without, without, without, 'ONE']);
    });

    it('a thread below one that gave something up does not get it back by another number', () => {
      const found = held(node, [...WORKER, `--allow-fs-read=${secret}`], [join(here, 'forged-number.js'), secret]);
      assert.equal(report(found).below, false);
    });
  });
}
