// Coverage of a guarded program. Node writes it after the environment of a thread has ended; c8 and
// the test runner read it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, ROOT, bare, held, options, PRELOAD, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const here = join(FIXTURES, 'coverage');
const c8 = join(ROOT, 'node_modules', 'c8', 'bin', 'c8.js');
const fresh = () => mkdtempSync(join(folder, 'c-'));

/** The functions of the fixture that the coverage in a folder says were called. */
function called(where) {
  const scripts = readdirSync(where).flatMap((name) => JSON.parse(readFileSync(join(where, name), 'utf8')).result);
  const functions = scripts.filter(({ url }) => url.endsWith('coverage/lib.js')).flatMap((script) => script.functions);
  return [
    ...new Set(functions.filter(({ ranges }) => ranges[0].count > 0).map(({ functionName }) => functionName)),
  ].filter(Boolean);
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('NODE_V8_COVERAGE of the operator is written, for each thread, without a grant to write', () => {
      const where = join(fresh(), 'made');
      const result = held(node, [`--allow-fs-read=${here}`, '--allow-worker'], [join(here, 'app.js')], {
        env: { NODE_V8_COVERAGE: where },
      });
      assert.deepEqual([result.status, result.signal, result.stderr], [0, null, '']);
      assert.equal(readdirSync(where).length, 2);
      assert.deepEqual(called(where), ['exports.used']);
    });

    it('c8 says what a guarded program used', () => {
      const where = fresh();
      const result = bare(
        node,
        [
          c8,
          '--temp-directory',
          join(where, 'temp'),
          '--reports-dir',
          where,
          '--reporter',
          'json',
          node.path,
          '-r',
          PRELOAD,
          join(here, 'app.js'),
        ],
        {
          cwd: here,
          env: { PERMIT_OPTIONS: options([`--allow-fs-read=${here}`, '--allow-worker']) },
        },
      );
      assert.equal(result.status, 0, result.stderr);
      const found = Object.entries(JSON.parse(readFileSync(join(where, 'coverage-final.json'), 'utf8'))).find(
        ([name]) => name.endsWith('lib.js'),
      )[1];
      assert.deepEqual(Object.values(found.f).map(Boolean).toSorted(), [false, true]);
    });

    it('node --test --experimental-test-coverage reports it, without a grant to write', () => {
      for (const env of [{}, { NODE_V8_COVERAGE: join(fresh(), 'made') }]) {
        const result = held(
          node,
          [`--allow-fs-read=${here}`, '--allow-child-process'],
          ['--test', '--experimental-test-coverage', join(here, 'lib.test.js')],
          { cwd: here, env },
        );
        assert.equal(result.status, 0, result.stdout + result.stderr);
        assert.doesNotMatch(result.stdout, /Warning/);
        assert.match(result.stdout, /lib\.js +\| +100\.00 \| +100\.00 \| +50\.00/);
        if (env.NODE_V8_COVERAGE) assert.ok(readdirSync(env.NODE_V8_COVERAGE).length > 0);
      }
    });

    it('a program that gives it to a child needs a grant to write there', () => {
      const where = join(fresh(), 'made');
      const give = (flags) =>
        report(
          held(node, ['--allow-child-process', `--allow-fs-read=${here}`, ...flags], [join(here, 'child.js'), where]),
        );
      assert.deepEqual(give([]), {
        code: 'ERR_ACCESS_DENIED',
        permission: 'ChildProcess',
        resource: `NODE_V8_COVERAGE=${where}`,
      });
      assert.deepEqual(give([`--allow-fs-write=${where}/*`]), { status: 0 });
      assert.equal(readdirSync(where).length, 1);
    });
  });
}
