// Every call of node:fs and of what reads files for a program: as under Node 26.12's own model,
// call by call.
import assert from 'node:assert';
import { test } from 'node:test';
import { everyLine } from '../helpers/needs.mjs';
import { compare } from './compare.mjs';
import { explain, judge, unseen } from './judge.mjs';
import { FS_PLANS } from './plans.mjs';

const seen = new Set();
for (const plan of FS_PLANS) {
  test(`${plan.name}: refused, delivered and named as by Node 26.12`, async (t) => {
    const rows = await compare(plan);
    for (const difference of judge(rows, 'fs')) seen.add(difference);
    const open = rows.filter(({ is }) => is === 'unexplained');
    t.diagnostic(`${rows.length} rows compared`);
    assert.equal(open.length, 0, explain(open));
  });
}

test('every accepted difference in node:fs is still there', { skip: everyLine() }, () => {
  assert.deepEqual(
    unseen('fs', seen).map(({ kind, row, because }) => `${kind} ${row}: ${because}`),
    [],
  );
});
