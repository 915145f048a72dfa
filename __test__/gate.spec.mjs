// The gate: on every supported Node, each function of every hooked binding is a row of the hook tables or is in the
// list of those that need no guard. A new Node that adds one fails here by name; at run time it would be refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { NODES } from './helpers/nodes.mjs';
import { FIXTURES, ROOT, bare, report } from './helpers/run.mjs';

let tables;
before(() => {
  const args = ['run', '--quiet', '--no-default-features', '--example', 'hooks'];
  tables = JSON.parse(execFileSync('cargo', args, { cwd: ROOT, encoding: 'utf8' }));
});

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('has no binding function that is neither a row nor known to need no guard', () => {
      const known = new Set([...tables.rows.map((row) => row.label), ...tables.unguarded.map((entry) => entry.label)]);
      const found = report(bare(node, ['--no-deprecation', join(FIXTURES, 'gate', 'functions.js'), ...tables.bindings]));
      assert.ok(found.length > 100, `only ${found.length} functions found`);
      assert.deepEqual(found.filter((label) => !known.has(label)), []);
    });

    it('has every function that a row says is everywhere', () => {
      const labels = tables.rows.filter((row) => row.everywhere).map((row) => row.label);
      const missing = report(bare(node, ['--no-warnings', join(FIXTURES, 'gate', 'rows.js'), JSON.stringify(labels)]));
      assert.deepEqual(missing, []);
    });
  });
}

it('every function that needs no guard has a reason', () => {
  for (const { label, reason } of tables.unguarded) assert.match(reason, /\w+ \w+/, label);
});

it('no function is both a row and known to need no guard', () => {
  const rows = new Set(tables.rows.map((row) => row.label));
  assert.deepEqual(tables.unguarded.filter((entry) => rows.has(entry.label)), []);
});

it('every row that no Node lacks is found on all, every other on some', () => {
  const labels = tables.rows.map((row) => row.label);
  const lacking = NODES.map((node) => {
    const flags = node.major >= 26 ? ['--experimental-ffi', '--experimental-vfs'] : [];
    return report(bare(node, ['--no-warnings', ...flags, join(FIXTURES, 'gate', 'rows.js'), JSON.stringify(labels)]));
  });
  assert.deepEqual(labels.filter((label) => lacking.every((missing) => missing.includes(label))), []);
});
