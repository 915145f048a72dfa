// A program that replaces built-in functions, puts accessors where somebody may look, and changes
// arguments while they are being looked at gets no further than one that does not.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { before, beforeEach, describe, it } from 'node:test';
import { join } from 'node:path';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, held, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'tamper');
const folder = scratch();
// Names of one length: one can be written over the other.
const granted = join(folder, 'good', 'file');
const denied = join(folder, 'evil', 'file');
const elsewhere = join(folder, 'else');
for (const name of ['good', 'evil', 'else']) mkdirSync(join(folder, name));
writeFileSync(join(folder, 'evil', 'marker'), '');
// What the tests of whole trees make, away from what the others count.
const aside = scratch();
const READ = [`--allow-fs-read=${here}`, `--allow-fs-read=${join(folder, 'good')}`];

const WAYS = [
  ...readFileSync(join(here, 'replace.js'), 'utf8').matchAll(/^ {2}(?:'([^']+)'|"([^"]+)"|(\w+)): \(\) =>/gm),
].map(([, single, double, bare]) => single ?? double ?? bare);

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    beforeEach(() => {
      writeFileSync(granted, 'granted\n');
      writeFileSync(denied, 'denied\n');
      for (const name of ['made-here', 'made-there'])
        for (const place of ['good', 'else']) rmSync(join(folder, place, name), { force: true });
    });

    describe('nothing is let through after the program replaced', () => {
      before(() => assert.ok(WAYS.length > 35));
      for (const way of WAYS) {
        it(way, () => {
          const result = held(node, READ, ['--no-warnings', join(here, 'replace.js'), way, granted, denied]);
          // Node itself may not survive what was replaced: that lets nothing through either.
          if (result.stdout !== '') assert.equal(report(result).through, '');
          assert.equal(readFileSync(denied, 'utf8'), 'denied\n');
          assert.equal(readFileSync(granted, 'utf8'), 'granted\n');
          assert.deepEqual(
            ['', 'evil', 'good'].map((name) => readdirSync(join(folder, name)).sort()),
            [['else', 'evil', 'good'], ['file', 'marker'], ['file']],
          );
          if (result.stdout === '') {
            const again = held(node, READ, ['--no-warnings', join(here, 'replace.js'), way, granted, denied, 'sync']);
            if (again.stdout !== '') assert.equal(report(again).through, '');
          }
        });
      }
    });

    it('what is granted still works after most of it', () => {
      for (const way of [
        'JSON',
        'Map.prototype.get',
        'process.permission.has',
        'the environment changed',
        'the module cache emptied and permit required again',
        'accessors on Object.prototype: args, value',
        'values on Object.prototype: args, value',
        'accessors on Object.prototype: code, permission',
        'Error.stackTraceLimit',
        'Reflect',
      ]) {
        const found = report(
          held(node, READ, ['--no-warnings', join(here, 'replace.js'), way, granted, denied, 'sync']),
        );
        assert.deepEqual(found, { through: '', works: true }, way);
      }
    });

    it('an argument is looked at once, and used as it was looked at', () => {
      const flags = [
        ...READ,
        `--allow-fs-write=${granted}`,
        `--allow-fs-write=${join(folder, 'good', 'made-here')}`,
        `--allow-fs-write=${join(folder, 'good', 'made-there')}`,
        `--allow-fs-read=${elsewhere}`,
        '--allow-worker',
      ];
      const found = report(held(node, flags, ['--no-warnings', join(here, 'change.js'), granted, denied, elsewhere]));
      assert.deepEqual(
        found.filter((name) => !name.startsWith('flags from look')),
        [],
      );
      assert.deepEqual(readdirSync(elsewhere), []);
    });

    it('flags are looked at once, and used as they were looked at', () => {
      const flags = [...READ, `--allow-fs-read=${elsewhere}`, '--allow-worker'];
      const found = report(held(node, flags, ['--no-warnings', join(here, 'change.js'), granted, denied, elsewhere]));
      assert.deepEqual(
        found.filter((name) => name.startsWith('flags')),
        [],
      );
      assert.equal(readFileSync(granted, 'utf8'), 'granted\n');
    });

    it('no path is one thing when it is looked at and another when it is used, in any call', () => {
      const [good, evil] = [join(aside, 'good'), join(aside, 'evil')];
      for (const path of [good, join(evil, 'only')]) mkdirSync(path, { recursive: true });
      writeFileSync(join(evil, 'only', 'file'), 'denied\n');
      writeFileSync(join(good, 'other'), 'other\n');
      const flags = [...READ, `--allow-fs-read=${good}`, `--allow-fs-write=${good}`, '--allow-worker'];
      const args = [join(good, 'only', 'file'), join(evil, 'only', 'file'), join(good, 'other')];
      const { tried, through } = report(held(node, flags, ['--no-warnings', join(here, 'race.js'), ...args]));
      assert.ok(tried > 15_000, `only ${tried} tried`);
      assert.deepEqual(through, []);
      assert.deepEqual(
        [readdirSync(evil), readdirSync(join(evil, 'only')), readFileSync(args[1], 'utf8')],
        [['only'], ['file'], 'denied\n'],
      );
    });

    const moved = (where) => {
      const root = join(aside, `moved-${where}`);
      rmSync(root, { recursive: true, force: true });
      for (const name of ['first', 'second/only']) mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, 'second', 'only', 'x'), 'denied\n');
      const only = join(root, 'second', 'only');
      const flags = [
        ...READ,
        `--allow-fs-read=${root}`,
        `--allow-fs-write=${root}`,
        `--deny-fs-read=${only}`,
        `--deny-fs-write=${only}`,
        '--allow-worker',
      ];
      const found = report(
        held(node, flags, [
          '--no-warnings',
          join(here, 'chdir.js'),
          join(root, 'first'),
          join(root, 'second'),
          join(root, 'other'),
          where,
        ]),
      );
      const left = [readdirSync(only), readFileSync(join(only, 'x'), 'utf8')];
      assert.ok(found.tried > 200, `only ${found.tried} tried`);
      assert.deepEqual(found.through, []);
      assert.deepEqual(left, [['x'], 'denied\n']);
    };

    it('a relative path means the folder that it was looked at in, in every call that runs later', () => moved('here'));

    it('a relative path of a worker means the folder that it was looked at in, wherever the main thread goes', () =>
      moved('worker'));

    it('permit and its library, loaded again by a worker, let nothing through', () => {
      const { tried, has } = report(
        held(
          node,
          [...READ, '--allow-worker', '--allow-addons'],
          ['--no-warnings', join(here, 'again.js'), granted, denied],
        ),
      );
      assert.equal(has, false);
      assert.equal(tried.length, 14);
      assert.deepEqual([...new Set(tried)].sort(), ['ERR_ACCESS_DENIED', 'granted']);
    });

    it('a recursive opendir goes nowhere that was not granted', () => {
      const [tree, secret] = [join(aside, 'tree'), join(aside, 'tree', 'secret')];
      for (const path of [join(tree, 'open', 'sub'), secret]) mkdirSync(path, { recursive: true });
      writeFileSync(join(secret, 'marker'), '');
      const flags = [...READ, `--allow-fs-read=${tree}`, `--deny-fs-read=${secret}`];
      const found = report(held(node, flags, ['--no-warnings', join(here, 'opendir.js'), join(tree, 'open'), secret]));
      assert.deepEqual(found, []);
    });

    it('the folder for the coverage of a test run is asked about', () => {
      const target = join(aside, `coverage-${node.major}`);
      mkdirSync(target);
      report(held(node, READ, ['--no-warnings', join(here, 'coverage.js'), join(here, 'nothing.js'), target]));
      assert.deepEqual(readdirSync(target), []);
    });

    it('process.permission cannot be replaced, and what is put into it does not count', () => {
      assert.deepEqual(report(held(node, READ, [join(here, 'permission.js')])), {
        assign: 'TypeError',
        delete: 'TypeError',
        define: 'TypeError',
        same: true,
        descriptor: { writable: false, enumerable: true, configurable: false },
        lies: true,
        truth: false,
        required: true,
      });
    });

    it('the command in the addon starts nothing for a program that is held', () => {
      assert.equal(report(held(node, READ, [join(here, 'main.js')])).escaped, false);
    });

    it('a refusal of the network arrives although nextTick was replaced', () => {
      const found = report(held(node, READ, ['--no-warnings', join(here, 'net.js')]));
      assert.deepEqual(found, ['bind,ERR_ACCESS_DENIED', 'listen,ERR_ACCESS_DENIED', 'lookup,ERR_ACCESS_DENIED']);
    });
  });
}
