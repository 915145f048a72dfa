// The runner of Node's own suite: what it makes of flags, and that it cannot pass by accident. The
// programs here are ours, in folders shaped like Node's; with PERMIT_NODE_SUITE=FOLDER the suite
// itself runs too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { machine } from '../helpers/needs.mjs';
import { ALL_NODES, ORACLE } from '../helpers/nodes.mjs';
import { ROOT, scratch } from '../helpers/run.mjs';
import { figures, flagsOf, suite } from './node-suite.mjs';
import { EXCEPTIONS } from './node-suite-exceptions.mjs';
import { split, translate } from './node-suite/translate.mjs';

const folder = scratch();
let folders = 0;

/** A folder like Node's `test`, with these programs in it. */
function tree(programs) {
  const test = join(folder, String((folders += 1)), 'test');
  for (const name of ['parallel', 'common', 'fixtures']) mkdirSync(join(test, name), { recursive: true });
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(test, name), text);
  return test;
}

const NEWEST = [ORACLE];
const OLDEST = [ALL_NODES[0]];
/** What became of each program, by Node. */
const told = ({ rows }) => rows.map(({ program, node, is }) => `${node.major} ${program}: ${is}`).toSorted();

const says = (question, answer) => `require('assert').strictEqual(${question}, ${answer});\n`;
const child = (flags, code, more = '') => `
  const { spawnSync } = require('child_process');
  const { status, stdout, stderr } = spawnSync(process.execPath, ${JSON.stringify([...flags, '-p', code])}, { encoding: 'utf8' ${more} });
  require('assert').strictEqual(status, 0, stderr);
  process.stdout.write(stderr);
`;

describe('flags become a policy', () => {
  it('what is of the permission model goes to permit, the rest stays with Node', () => {
    assert.deepEqual(flagsOf('// Flags: --permission --allow-fs-read=*   --no-warnings\n'), [
      '--permission',
      '--allow-fs-read=*',
      '--no-warnings',
    ]);
    assert.deepEqual(flagsOf("'use strict';\n// Flags: none\n"), []);
    assert.deepEqual(translate(['--permission', '--allow-fs-write', '/a b', '--no-warnings', '-e', '1', 'x']), {
      policy: ['--permission', '--allow-fs-write=/a b'],
      config: undefined,
      fromOptions: [],
      line: ['--no-warnings', '-e', '1', 'x'],
    });
    assert.deepEqual(translate(['--experimental-permission', '--allow-natives-syntax', 'a.js', '--permission']), {
      policy: ['--permission'],
      config: undefined,
      fromOptions: [],
      line: ['--allow-natives-syntax', 'a.js', '--permission'],
    });
    assert.deepEqual(translate(['-p', '1'], split('--permission "--allow-fs-read=/a \\"b" --title=x')), {
      policy: ['--permission', '--allow-fs-read=/a "b'],
      config: undefined,
      fromOptions: ['--title=x'],
      line: ['-p', '1'],
    });
  });

  it('a line that does not turn the model on is left alone', () => {
    for (const line of [['a.js', '--permission'], ['-e', '--permission'], ['--allow-net', '-p', '1'], []])
      assert.equal(translate(line), undefined, line.join(' '));
    assert.equal(translate(['-p', '1'], ['--title=--permission']), undefined);
  });

  it('a file of Node turns it on as Node says', () => {
    const on = join(folder, 'on.json');
    const off = join(folder, 'off.json');
    writeFileSync(on, '{"permission":{"allow-net":true}}');
    writeFileSync(off, '{"permission":{"permission":false}}');
    assert.equal(translate([`--experimental-config-file=${on}`, 'a.js']).config, on);
    assert.equal(translate([`--experimental-config-file=${off}`, 'a.js']), undefined);
  });
});

describe('programs run as Node runs them', () => {
  it('held by their flags, on every Node; without flags they are free', async () => {
    const test = tree({
      'parallel/test-permission-ours.js': `// Flags: --permission --allow-fs-read=test/common\n'use strict';\n${[
        says(`process.permission.has('fs.read', 'test/common/x')`, true),
        says(`process.permission.has('fs.read', '/etc')`, false),
        says(
          'typeof process.permission.status',
          `process.execPath.includes('/permit-node-suite-') ? 'function' : 'undefined'`,
        ),
        says('process.argv[0]', 'process.execPath'),
      ].join('')}`,
      'parallel/test-permission-free.js': says('process.permission', 'undefined'),
      'fixtures/test-permission-no-program.js': 'throw 1;',
      'parallel/test-something.js': 'throw 1; // --permission',
    });
    const found = await suite(test, { exceptions: [] });
    assert.deepEqual(found.problems, []);
    assert.deepEqual(
      told(found),
      ALL_NODES.flatMap(({ major }) =>
        ['free', 'ours'].map((name) => `${major} test-permission-${name}.js: passes`),
      ).toSorted(),
    );
    assert.match(
      figures(found.rows),
      /^\| Node \| programs \| passes .*\n(\| ---.*\n){1}(\| \d+\.\d+\.\d+ \| 2 \| 2 \|.*\n?){4}$/,
    );
  });

  it('so are the children that they start, also through a shell, NODE_OPTIONS and a file', async () => {
    const config = join(folder, 'wasi.json');
    writeFileSync(config, '{"permission":{"allow-wasi":true}}');
    const held = `process.permission.has('wasi') && !process.permission.has('net') ? '' : process.exit(7)`;
    const test = tree({
      'parallel/test-permission-children.js': [
        child(['--permission', '--allow-wasi'], held),
        child([`--experimental-config-file=${config}`], held),
        child([], held, `, env: { NODE_OPTIONS: '--permission --allow-wasi' }`),
        `require('child_process').execSync(\`"\${process.execPath}" --permission --allow-wasi -p "${held}"\`);`,
        child([], `typeof process.permission === 'undefined' ? '' : process.exit(7)`),
      ]
        .map((text) => `{ ${text} }`)
        .join('\n'),
    });
    // The oracle alone knows such a file; permit reads it on every Node.
    const found = await suite(test, { exceptions: [] });
    assert.deepEqual(
      [found.problems, [...new Set(found.rows.map(({ is }) => is))]],
      [[], ['passes']],
      found.rows[0].said,
    );
  });

  it('a child of a held program is held by its parent too, unless it is started apart', async () => {
    const program = 'test-permission-wider.js';
    const test = tree({
      [`parallel/${program}`]: `// Flags: --permission --allow-fs-read=* --allow-child-process\n${child(['--permission', '--allow-net'], `process.permission.has('net') ? '' : process.exit(7)`)}`,
    });
    const { problems } = await suite(test, { exceptions: [], nodes: OLDEST });
    assert.match(
      problems.join(),
      /^test-permission-wider\.js on Node 20\S+: fails, passes under Node 26\S+ own model and with its children apart, and is not in the list/,
    );
    const listed = await suite(test, { exceptions: [{ program, apart: true }] });
    assert.deepEqual(
      [listed.problems, listed.rows.map(({ is }) => is)],
      [[], ALL_NODES.map(() => 'passes with children apart')],
    );
    const wrong = await suite(test, { exceptions: [{ program, says: /./ }], nodes: OLDEST });
    assert.match(wrong.problems.join(), /passes with its children apart; say so/);
  });

  it('what skips itself and what needs an option that this Node lacks do not count as passed', async () => {
    const test = tree({
      'parallel/test-permission-skips.js': `console.log('1..0 # Skipped: not here')`,
      'parallel/test-permission-option.js': '// Flags: --experimental-ffi --permission --allow-fs-read=*\n',
      'parallel/test-permission-skips-held.js': `// Flags: --permission --allow-fs-read=*\nif (process.permission.status) console.log('1..0 # Skipped: held')`,
    });
    const { rows, problems } = await suite(test, { exceptions: [], nodes: [...OLDEST, ...NEWEST] });
    assert.deepEqual(told({ rows }), [
      '20 test-permission-option.js: lacks an option',
      '20 test-permission-skips-held.js: skips itself',
      '20 test-permission-skips.js: skips itself',
      '26 test-permission-option.js: passes',
      '26 test-permission-skips-held.js: not listed',
      '26 test-permission-skips.js: skips itself',
    ]);
    assert.match(problems.join(), /^test-permission-skips-held\.js on Node 26\S+: skips itself, passes under/);
  });
});

describe('the list is held to what happens', () => {
  const program = 'test-permission-stricter.js';
  const stricter = {
    [`parallel/${program}`]: `// Flags: --permission --allow-fs-read=*\n${says('process.permission.status', 'undefined')}`,
  };
  const fine = { [`parallel/${program}`]: '// Flags: --permission --allow-fs-read=*\n' };
  const run = (programs, exceptions) => suite(tree(programs), { exceptions, nodes: NEWEST });

  it('a failure that is not in it fails the run', async () => {
    const { problems, rows } = await run(stricter, []);
    assert.deepEqual([problems.length, rows[0].is], [1, 'not listed']);
    assert.match(
      problems[0],
      /^test-permission-stricter\.js on Node 26\S+: fails, passes under Node 26\S+ own model, and is not in the list of exceptions$/,
    );
  });

  it('a failure that is in it does not, if it is the one that is listed', async () => {
    const listed = await run(stricter, [{ program, says: /AssertionError/ }]);
    assert.deepEqual([listed.problems, listed.rows[0].is], [[], 'listed']);
    assert.match(
      (await run(stricter, [{ program, says: /something else/ }])).problems.join(),
      /fails otherwise than the list of exceptions says/,
    );
    assert.match((await run(stricter, [{ program, apart: true }])).problems.join(), /also with its children apart/);
    assert.equal((await run(stricter, [{ program, nodes: [20], says: /./ }])).problems.length, 1);
  });

  it('an entry whose program passes fails the run', async () => {
    for (const entry of [
      { program, says: /./ },
      { program, apart: true },
    ]) {
      assert.match(
        (await run(fine, [entry])).problems.join(),
        /: passes, and is in the list of exceptions; take it out$/,
      );
    }
  });

  it('a program that the oracle does not pass need not pass', async () => {
    const { problems, rows } = await run({ [`parallel/${program}`]: 'process.exit(1)' }, []);
    assert.deepEqual([problems, rows[0].is], [[], 'the oracle fails too']);
  });

  it('every entry says why, on which Nodes, and how it is known', () => {
    const seen = new Set();
    for (const {
      program: name,
      nodes = ALL_NODES.map(({ major }) => major),
      apart,
      says: pattern,
      because,
    } of EXCEPTIONS) {
      assert.match(name, /^[\w-]*permission[\w-]*\.m?js$/);
      assert.match(because, /^.{20,}\.$/, name);
      assert.equal(apart === true, pattern === undefined, name);
      for (const major of nodes) {
        assert.ok(
          ALL_NODES.some((node) => node.major === major),
          name,
        );
        assert.ok(!seen.has(`${major} ${name}`), `${major} ${name} is listed twice`);
        seen.add(`${major} ${name}`);
      }
    }
  });
});

it('says in one line what is wrong with the folder', () => {
  const runner = join(ROOT, '__test__', 'native', 'node-suite.mjs');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const [args, line] of [
    [[], /^node-suite: name the folder "test" of Node's source/],
    [[join(folder, 'nowhere')], /nowhere: there is no such folder$/],
    [[file], /file: is no folder$/],
    [[tree({})], /: holds no program of Node's about permissions; it must be the folder "test" of Node's source$/],
    [[tree({ 'parallel/test-permission-ours.js': '' }), 'theirs'], /: no program matches theirs$/],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8' });
    assert.deepEqual([status, stdout, stderr.trimEnd().split('\n').length], [2, '', 1], stderr);
    assert.match(stderr.trimEnd(), line);
  }
});

it(
  "Node's own suite passes under permit, but for the list",
  { skip: machine(process.env.PERMIT_NODE_SUITE, "PERMIT_NODE_SUITE, the folder of Node's own tests") },
  async (t) => {
    const { rows, problems } = await suite(process.env.PERMIT_NODE_SUITE);
    for (const line of figures(rows).split('\n')) t.diagnostic(line);
    assert.deepEqual(problems, []);
  },
);
