// `process.permission`: the property, `has`, `drop` and `status`. The answers are compared with
// Node's own model, over many grant sets, in __test__/native; here stands what permit promises
// beyond it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, held, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'permission');
const folder = scratch();
mkdirSync(join(folder, 'a', 'b'), { recursive: true });
for (const name of ['a/one', 'a/two', 'a/b/three']) writeFileSync(join(folder, name), name);

/** What the expressions give, one after the other, in one process. */
function answers(node, flags, expressions) {
  return report(held(node, flags, [join(here, 'answers.js'), folder, ...expressions], { cwd: folder }));
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const all = [`--allow-fs-read=${folder}`];

    it('stands on process for good', () => {
      assert.deepEqual(
        answers(node, all, [
          `Object.getOwnPropertyDescriptor(process, 'permission').writable`,
          `Object.getOwnPropertyDescriptor(process, 'permission').configurable`,
          `Object.getOwnPropertyDescriptor(process, 'permission').enumerable`,
          `(process.permission = 1, typeof process.permission)`,
          `(delete process.permission, typeof process.permission)`,
          `Object.keys(process.permission).join()`,
          `[has.name, has.length, drop.name, drop.length].join()`,
          `Reflect.apply(has, null, ['fs.read', root + '/a/one'])`,
        ]),
        [false, false, true, 'object', 'object', 'has,drop,status,metrics', 'has,2,drop,2', true],
      );
    });

    it('answers for paths however they are given', () => {
      assert.deepEqual(
        answers(node, all, [
          `has('fs.read', root + '/a/one')`,
          `has('fs.read', 'a/one')`,
          `has('fs.read', Buffer.from(root + '/a/../a/one'))`,
          `has('fs.read', new Uint8Array(Buffer.from('x' + root + '/a')).subarray(1))`,
          `has('fs.read', require('url').pathToFileURL(root + '/a/one'))`,
          `has('fs.read', root + '/../')`,
          `has('fs.read', root + 'x')`,
          `has('fs.read')`,
          `has('fs.read', '')`,
          `has('fs.read', null)`,
          `has('fs.write', root)`,
          `has('no.such.scope')`,
        ]),
        [true, true, true, true, true, false, false, false, false, false, false, false],
      );
    });

    it('refuses arguments of other types as Node does', () => {
      assert.deepEqual(
        answers(node, all, [
          'has()',
          'has(1)',
          `has('fs.read', 1)`,
          `has('fs.read', {})`,
          `drop(null)`,
          `drop('x', Symbol())`,
        ]),
        Array.from({ length: 6 }, () => 'ERR_INVALID_ARG_TYPE'),
      );
    });

    it('answers for every scope', () => {
      const flags = [
        '--allow-net',
        '--allow-child-process',
        '--allow-worker',
        '--allow-addons',
        '--allow-wasi',
        '--allow-inspector',
        '--allow-ffi',
        '--allow-openssl-store',
        '--allow-fs-read=*',
        '--allow-fs-write=*',
      ];
      const scopes = [
        'fs',
        'fs.read',
        'fs.write',
        'net',
        'net.connect',
        'net.listen',
        'net.resolve',
        'child',
        'worker',
        'addon',
        'addons',
        'wasi',
        'ffi',
        'inspector',
        'openssl.store',
      ];
      assert.deepEqual(
        answers(
          node,
          flags,
          scopes.map((scope) => `has('${scope}')`),
        ),
        scopes.map(() => true),
      );
      assert.deepEqual(
        answers(
          node,
          [],
          scopes.map((scope) => `has('${scope}')`),
        ),
        scopes.map(() => false),
      );
    });

    it('drops a file inside a granted folder, a folder with all below it, and what does not exist yet', () => {
      assert.deepEqual(
        answers(node, all, [
          `drop('fs.read', root + '/a/one')`,
          `read('a/one')`,
          `read('a/two')`,
          `has('fs.read', root + '/a/one')`,
          `drop('fs.read', 'a/b')`,
          `read('a/b/three')`,
          `has('fs.read', 'a/b/later')`,
          `has('fs.read', 'a/bb')`,
          `drop('fs.read', 'later')`,
          `has('fs.read', 'later/x')`,
        ]),
        [null, 'ERR_ACCESS_DENIED', 'a/two', false, null, 'ERR_ACCESS_DENIED', false, true, null, false],
      );
    });

    it('drops a path where everything is granted', () => {
      assert.deepEqual(
        answers(
          node,
          ['--allow-fs-read=*'],
          [`has('fs.read')`, `drop('fs.read', root + '/a')`, `read('a/one')`, `has('fs.read')`, `has('fs.read', root)`],
        ),
        [true, null, 'ERR_ACCESS_DENIED', false, true],
      );
    });

    it('drops everything by a star, by null, by an empty reference and by none', () => {
      for (const reference of [`'*'`, 'null', `''`, 'undefined', `'/'`]) {
        assert.deepEqual(
          answers(
            node,
            ['--allow-fs-read=*'],
            [`drop('fs.read', ${reference})`, `read('a/one')`, `has('fs.read', root)`],
          ),
          [null, 'ERR_ACCESS_DENIED', false],
          reference,
        );
      }
    });

    it('drops reading and writing by fs', () => {
      assert.deepEqual(
        answers(
          node,
          ['--allow-fs-read=*', '--allow-fs-write=*'],
          [
            `has('fs')`,
            `drop('fs', root)`,
            `has('fs')`,
            `has('fs.read', root)`,
            `has('fs.write', root)`,
            `has('fs.write', '/x')`,
          ],
        ),
        [true, null, false, false, false, true],
      );
    });

    it('ignores a scope that does not exist', () => {
      assert.deepEqual(answers(node, all, [`drop('no.such.scope')`, `read('a/one')`]), [null, 'a/one']);
    });

    it('tells what holds the thread', () => {
      const [before, , after] = answers(node, all, [
        `process.permission.status()`,
        `drop('fs.read')`,
        `process.permission.status()`,
      ]);
      assert.equal(before.mode, 'enforce');
      assert.deepEqual(before.layers, { hooks: true, kernel: false });
      assert.deepEqual(before.sources, ['PERMIT_OPTIONS']);
      assert.match(before.policyHash, /^[0-9a-f]{64}$/);
      assert.notEqual(before.policyHash, after.policyHash);
    });

    it('names on a refusal the smallest flag that would allow it', () => {
      const grant = (expression) => `(() => { try { ${expression} } catch (e) { return e.grant } })()`;
      assert.deepEqual(
        answers(node, all, [
          grant(`fs.readFileSync('../x')`),
          grant(`fs.writeFileSync('a/one', '')`),
          grant(`require('child_process').execFileSync('git')`),
          grant(`new (require('worker_threads').Worker)('x')`),
        ]),
        [
          `--allow-fs-read=${join(folder, '..', 'x')}`,
          `--allow-fs-write=${join(folder, 'a', 'one')}`,
          '--allow-child-process=git',
          '--allow-worker',
        ],
      );
    });

    it('never lets the policy file or its own package be written', () => {
      const config = join(folder, 'policy.json');
      writeFileSync(config, '{"permission":{"allow-fs-read":"*","allow-fs-write":"*"}}');
      assert.deepEqual(
        report(
          held(node, [], [join(here, 'append.js'), config, PRELOAD], {
            env: { PERMIT_OPTIONS: '', PERMIT_CONFIG: config },
          }),
        ),
        ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', true],
      );
    });
  });
}
