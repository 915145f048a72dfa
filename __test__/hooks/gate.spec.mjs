// The gate: on every supported Node, each function of every hooked binding is a row of the hook
// tables or is in the list of those that need no guard. A new Node that adds one fails here by
// name; at run time it would be refused. And each function that a public module exports was refused
// when a census called it with what nobody had granted, or is in the list of those that are free.
// One that a new Node adds fails here by name; at run time nobody would ask about it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { FREE, HARMLESS, HOLES, NOT_BUILT, SILENT } from '../data/exports.mjs';
import { everyLine } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, ROOT, bare, report, scratch } from '../helpers/run.mjs';
import { play } from '../native/child.mjs';
import { refused } from '../native/compare.mjs';
import { loopback } from '../native/loopback.mjs';
import { FS_PLANS, netPlans, POWER_PLANS, PROCESS_PLANS } from '../native/plans.mjs';

let tables;
before(() => {
  const args = ['run', '--quiet', '--no-default-features', '--example', 'hooks'];
  tables = JSON.parse(execFileSync('cargo', args, { cwd: ROOT, encoding: 'utf8' }));
});

const neighbours = await loopback();
after(() => neighbours.close());
const folder = scratch();
const gate = join(FIXTURES, 'gate');

/**
 * The census: the programs of `native/` where some places are granted and some are not, and one for
 * what they leave out.
 */
const CENSUS = [
  ...FS_PLANS.filter(({ name }) => name.endsWith(' with places') && !name.startsWith('fs-shape')),
  netPlans(neighbours)[0],
  PROCESS_PLANS[0],
  POWER_PLANS[0],
  {
    name: 'more',
    program: '../../fixtures/gate/programs/more',
    ffi: true,
    flags: (root) => [
      `--allow-fs-read=${join(ROOT, '__test__', 'native', 'programs')}`,
      `--allow-fs-read=${root}/R`,
      `--allow-fs-read=${root}/B`,
      `--allow-fs-write=${root}/B`,
      `--allow-fs-write=${root}/R/granted.db`,
    ],
  },
];

/** The flags behind which a Node has more to export. */
function behindFlags(node) {
  const since = { 20: ['eventsource'], 24: ['stream-iter'], 26: ['vfs', 'bench', 'web-worker'] };
  return Object.entries(since).flatMap(([major, names]) =>
    node.major >= major ? names.map((name) => `--experimental-${name}`) : [],
  );
}

function exportsOf(node) {
  const more = [
    ...(node.major >= 22
      ? ['--experimental-webstorage', `--localstorage-file=${join(folder, `storage-${node.major}`)}`]
      : []),
    ...(node.major >= 26 ? ['--experimental-ffi', '--experimental-quic', '--experimental-dtls'] : []),
  ];
  return report(
    bare(node, ['--no-warnings', '--no-deprecation', ...behindFlags(node), ...more, join(gate, 'exports.js')]),
  );
}

const split = (text) => text.split(/\s+/);
const full = (of, name) => (name === '()' ? of : `${of}${name.startsWith('#') ? '' : '.'}${name}`);
const harmless = new Map(
  HARMLESS.flatMap(({ of }) => Object.entries(of)).map(([of, names]) => [
    of,
    new Set(split(names).map((name) => full(of, name))),
  ]),
);
const free = FREE.flatMap(({ of, names }) => split(names).map((name) => full(of, name)));
const moduleOf = (label) => label.split(/[.#]/, 1)[0];

/**
 * What somebody has to have looked at: all of it, but for the methods of what the harmless modules
 * export.
 */
function toJudge(labels) {
  return labels.filter((label) => !harmless.has(moduleOf(label)) || /^[^.#]+(\.[^.#]+)?$/.test(label));
}

/**
 * Node's own modules that are not strict. A setter of the program's could find the arguments of their wrappers. Permit loads the
 * lexer at start (`deserializer.js`). The two of acorn are strict from their only function on.
 */
const SLOPPY = [
  'internal/deps/acorn/acorn-walk/dist/walk',
  'internal/deps/acorn/acorn/dist/acorn',
  'internal/deps/cjs-module-lexer/lexer',
];

/** Classes in the comments of Node's sources, and in its tests. */
const EXAMPLES = ['internal/my_interface:MyInterface', 'internal/test/transfer:F'];

/** The functions that the census saw refused. */
async function refusedBy(node, labels) {
  const found = new Set();
  for (const plan of CENSUS) {
    const outcomes = await play(
      {
        ...plan,
        flags: (root) => [...plan.flags(root), `--allow-fs-read=${gate}`],
        env: { ...plan.env, GATE_LABELS: JSON.stringify(labels) },
        options: behindFlags,
        preloads: [join(gate, 'recorder.js')],
        hear: (line) => {
          if (line.startsWith('+ ')) found.add(line.slice(2));
        },
      },
      node,
      'permit',
    );
    for (const outcome of outcomes.values()) if (outcome.row.of && refused(outcome)) found.add(outcome.row.of);
    for (const [label, { program, row, value }] of Object.entries(SILENT))
      if (program === plan.program && outcomes.get(row)?.value === value) found.add(label);
  }
  return found;
}

const everywhere = new Set();
const closed = new Set();
for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('has no binding function that is neither a row nor known to need no guard', () => {
      const known = new Set([...tables.rows.map((row) => row.label), ...tables.unguarded.map((entry) => entry.label)]);
      const found = report(
        bare(node, ['--no-deprecation', join(FIXTURES, 'gate', 'functions.js'), ...tables.bindings]),
      );
      assert.ok(found.length > 100, `only ${found.length} functions found`);
      assert.deepEqual(
        found.filter((label) => !known.has(label)),
        [],
      );
    });

    it('has every function that a row says is everywhere', () => {
      const labels = tables.rows.filter((row) => row.everywhere).map((row) => row.label);
      const missing = report(
        bare(node, ['--no-warnings', '--expose-internals', join(FIXTURES, 'gate', 'rows.js'), JSON.stringify(labels)]),
      );
      assert.deepEqual(missing, []);
    });

    it('has no sloppy module that is loaded after permit, and no class for messages that permit does not know', () => {
      const { count, sloppy, named } = report(bare(node, ['--no-deprecation', join(FIXTURES, 'gate', 'internals.js')]));
      assert.ok(count > 300, `only ${count} modules found`);
      assert.deepEqual(
        sloppy.filter((id) => !SLOPPY.includes(id)),
        [],
      );
      const source = readFileSync(join(ROOT, 'src', 'hooks', 'deserializer.js'), 'utf8');
      const known = named.filter((spec) => !EXAMPLES.includes(spec)).map((spec) => spec.split(':'));
      assert.ok(known.length > 10, named.join());
      for (const [id, name] of known)
        assert.match(
          source,
          new RegExp(`'?${id}'?: \\[[^\\]]*'${name}'`),
          `${id}:${name} is missing in deserializer.js`,
        );
    });

    it('exports no function that is neither refused by a row of a census nor known to be free', async (t) => {
      const { missing, labels } = exportsOf(node);
      assert.ok(labels.length > 1500, `only ${labels.length} functions found`);
      assert.deepEqual(
        missing.filter((id) => !NOT_BUILT.includes(id)),
        [],
      );
      for (const label of labels) everywhere.add(label);
      const judged = toJudge(labels);
      const known = new Set([...free, ...[...harmless.values()].flatMap((names) => [...names])]);
      const guarded = judged.filter((label) => !known.has(label));
      assert.ok(guarded.length > 200, `only ${guarded.length} functions need a guard`);
      const found = await refusedBy(node, guarded);
      t.diagnostic(`${judged.length} functions judged, ${guarded.length} of them refused`);
      assert.deepEqual(
        guarded.filter((label) => !found.has(label) && !HOLES[label]),
        [],
      );
      for (const label of Object.keys(HOLES)) if (found.has(label)) closed.add(label);
    });
  });
}

it('no export is known to be a hole', () => {
  assert.deepEqual(HOLES, {});
});

it('every known hole is open still', { skip: everyLine() }, () => {
  assert.deepEqual([...closed], []);
  assert.deepEqual(
    Object.keys(HOLES).filter((label) => !everywhere.has(label)),
    [],
  );
});

it('every function that is known to be free is found on some Node, once, with a reason', { skip: everyLine() }, () => {
  const known = [...free, ...[...harmless.values()].flatMap((names) => [...names])];
  assert.deepEqual(
    known.filter((label) => !everywhere.has(label)),
    [],
  );
  assert.deepEqual(
    known.filter((label, at) => known.indexOf(label) !== at),
    [],
  );
  assert.deepEqual(
    Object.keys(SILENT).filter((label) => !everywhere.has(label) || known.includes(label)),
    [],
  );
  for (const { because } of [...HARMLESS, ...FREE]) assert.match(because, /\w+ \w+/);
});

it('every function that needs no guard has a reason', () => {
  for (const { label, reason } of tables.unguarded) assert.match(reason, /\w+ \w+/, label);
});

it('no function is both a row and known to need no guard', () => {
  const rows = new Set(tables.rows.map((row) => row.label));
  assert.deepEqual(
    tables.unguarded.filter((entry) => rows.has(entry.label)),
    [],
  );
});

it('every row that no Node lacks is found on all, every other on some', { skip: everyLine() }, () => {
  const labels = tables.rows.map((row) => row.label);
  const lacking = NODES.map((node) => {
    const flags = ['--experimental-vm-modules'];
    if (node.major >= 26) flags.push('--experimental-ffi', '--experimental-vfs');
    return report(
      bare(node, [
        '--no-warnings',
        '--expose-internals',
        ...flags,
        join(FIXTURES, 'gate', 'rows.js'),
        JSON.stringify(labels),
      ]),
    );
  });
  assert.deepEqual(
    labels.filter((label) => lacking.every((missing) => missing.includes(label))),
    [],
  );
});
