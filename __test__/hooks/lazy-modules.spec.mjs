// Modules of Node that are hooked when Node loads them: whoever loads them and however, nobody gets
// one that is not hooked.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NODES, ORACLE } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, held, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'lazy-modules');
const READ = [`--allow-fs-read=${here}`];
const folder = scratch();
/** Those that wait, and two that do not. */
const WAITING = ['crypto', 'inspector', 'trace_events', 'fs/promises', 'dgram'];
const NAMES = ['crypto', 'inspector', 'trace_events', 'worker_threads', 'fs/promises', 'net', 'dgram'];
const REFUSED = Object.fromEntries(NAMES.map((name) => [name, 'ERR_ACCESS_DENIED']));
// What is refused below the module as well may be seen while the module loads.
const HELD_BELOW = ['sign', 'Sign.sign', 'Server.listen', 'Socket.bind', 'Socket.connect'];

const roads = report(bare(ORACLE, ['--no-warnings', join(here, 'roads.mjs')]));
const replaced = report(bare(ORACLE, ['--no-warnings', join(here, 'replaced.js')]));
const names = join(folder, 'names.json');

/**
 * A refusal, or the end of a process that could not go on safely: by permit, or by Node's own
 * assertions.
 */
function closed(result) {
  if (result.signal === 'SIGABRT') return assert.match(result.stderr, /Assertion failed: /);
  if (result.status === 9) return assert.match(result.stderr, /^permit: .*(cannot be guarded: |has to guard)/);
  const { code, tries } = report(result);
  assert.ok(tries);
  return assert.equal(code, 'ERR_ACCESS_DENIED');
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    before(() => {
      const source =
        "process.stdout.write(JSON.stringify([...new Set(Object.entries(process.binding('natives')).filter(([id]) => !id.startsWith('internal/deps')).flatMap(([, text]) => String(text).match(/[A-Za-z_$][\\w$]*/g) ?? []))]))";
      writeFileSync(names, bare(node, ['--no-deprecation', '-e', source]).stdout);
    });

    it('the start loads none of them', () => {
      const ids = [...WAITING, 'internal/fs/promises', 'tls', 'test'].map((name) => `NativeModule ${name}`);
      const program = `console.log(JSON.stringify(process.moduleLoadList.filter((name) => ${JSON.stringify(ids)}.includes(name))))`;
      const extra = join(folder, 'list.js');
      writeFileSync(extra, program);
      const bareOnes = report(bare(node, [extra]));
      assert.deepEqual(report(held(node, READ, [extra])), bareOnes);
    });

    for (const road of roads) {
      it(`by ${road} each is refused`, () => {
        assert.deepEqual(report(held(node, READ, ['--no-warnings', join(here, 'roads.mjs'), road])), REFUSED);
        assert.deepEqual(
          report(held(node, READ, ['--no-warnings', join(here, 'roads.mjs'), road, 'after the load'])),
          REFUSED,
        );
      });
    }

    it('each works where it is granted', () => {
      const flags = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-net', '--allow-worker', '--allow-inspector'];
      const found = report(held(node, flags, ['--no-warnings', join(here, 'all.js')], { cwd: folder }));
      assert.deepEqual(found, {
        ...Object.fromEntries(NAMES.map((name) => [name, 'nothing'])),
        crypto: 'ERR_ACCESS_DENIED',
      });
    });

    it('each is refused to a script of the command line, to a worker, and after another preload', () => {
      const url = pathToFileURL(join(here, 'refusals.js')).href;
      const script = (some) => `import { refusals } from '${url}';
        console.log(JSON.stringify(await refusals((name) => import(name), ${JSON.stringify(some)})))`;
      assert.deepEqual(report(held(node, READ, ['--no-warnings', '--input-type=module', '-e', script()])), REFUSED);
      const asData = `data:text/javascript,${encodeURIComponent(script())}`;
      assert.deepEqual(report(held(node, READ, ['--no-warnings', '--import', asData, '-e', '0'])), REFUSED);
      // Trace events are for the first thread; a worker may make workers.
      const there = NAMES.filter((name) => !['trace_events', 'worker_threads'].includes(name));
      const worker = `const { Worker } = require('worker_threads');
        new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(script(there))})));`;
      assert.deepEqual(
        report(held(node, [...READ, '--allow-worker'], ['--no-warnings', '-e', worker])),
        Object.fromEntries(there.map((name) => [name, 'ERR_ACCESS_DENIED'])),
      );
    });

    it('a module that an earlier preload has loaded is held as well', () => {
      const first = join(folder, 'first.js');
      writeFileSync(first, NAMES.map((name) => `require('${name}');`).join('\n'));
      const result = bare(node, ['--no-warnings', '-r', first, '-r', PRELOAD, join(here, 'all.js')], {
        env: { PERMIT_OPTIONS: READ.join(' ') },
      });
      assert.deepEqual(report(result), REFUSED);
    });

    it('a list of loads that an earlier preload has replaced is not listened to', () => {
      const first = join(folder, 'list-first.js');
      writeFileSync(first, "Object.defineProperty(process, 'moduleLoadList', { value: [], configurable: true });");
      const result = bare(node, ['--no-warnings', '-r', first, '-r', PRELOAD, join(here, 'all.js')], {
        env: { PERMIT_OPTIONS: READ.join(' ') },
      });
      assert.deepEqual(report(result), REFUSED);
    });

    for (const what of replaced) {
      it(`each is refused to a program that has replaced ${what}`, () => {
        assert.deepEqual(report(held(node, READ, ['--no-warnings', join(here, 'replaced.js'), what])), REFUSED);
      });
    }

    for (const name of WAITING) {
      it(`${name} shows nothing while it loads that is not held below`, () => {
        const found = report(
          held(node, [...READ, `--allow-fs-read=${names}`], ['--no-warnings', join(here, 'shown.js'), names, name]),
        );
        assert.ok(found.stood.length > 0, JSON.stringify(found));
        assert.deepEqual(
          found.shown.filter((label) => !HELD_BELOW.includes(label)),
          [],
        );
      });

      it(`${name} is never had without its hooks, however little room the stack has`, () => {
        closed(held(node, READ, ['--no-warnings', '--stack-size=200', join(here, 'shallow.js'), name]));
      });
    }

    it('none is had without its hooks by a script whose time is over', () => {
      for (let ahead = -0.5; ahead < 3; ahead += 0.5) {
        for (const name of ['net', 'fs/promises']) {
          assert.equal(
            report(held(node, READ, ['--no-warnings', join(here, 'timeout.js'), name, String(ahead)])),
            'ERR_ACCESS_DENIED',
          );
        }
      }
    });

    it('a program that evaluates modules with a limit waits for all of them at start', () => {
      const source = "console.log(JSON.stringify(process.moduleLoadList.includes('NativeModule dgram')))";
      assert.equal(report(held(node, READ, ['--no-warnings', '--experimental-vm-modules', '-e', source])), true);
    });

    it('process.moduleLoadList goes on to tell what is loaded', () => {
      const found = report(
        held(node, READ, [
          '-e',
          "require('crypto'); const list = process.moduleLoadList; console.log(JSON.stringify([Array.isArray(list), list.includes('NativeModule crypto'), list.length === Object.keys(list).length]))",
        ]),
      );
      assert.deepEqual(found, [true, true, true]);
    });
  });
}
