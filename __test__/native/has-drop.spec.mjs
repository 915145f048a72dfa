// process.permission.has and drop answer as Node 26.12's do, or as DESIGN says, over grant sets
// made at random. The seeds are printed; `NATIVE_SEED=7` asks that one alone, `NATIVE_SEEDS=100`
// asks so many.
import assert from 'node:assert';
import { test } from 'node:test';
import { everyLine } from '../helpers/needs.mjs';
import { askAll, grantsOf } from './has-drop.mjs';
import { explain, judge, unseen } from './judge.mjs';

const alone = process.env.NATIVE_SEED;
const SEEDS = alone ? [Number(alone)] : Array.from({ length: Number(process.env.NATIVE_SEEDS ?? 24) }, (_, n) => n + 1);
const seen = new Set();

for (const seed of SEEDS) {
  test(`seed ${seed}: every answer is Node's, or the one that DESIGN gives`, async (t) => {
    const rows = await askAll(seed);
    for (const difference of judge(rows, 'permission')) seen.add(difference);
    const open = rows.filter(({ is }) => is === 'unexplained');
    t.diagnostic(`seed ${seed}, ${rows.length} answers, grants ${JSON.stringify(grantsOf(seed))}`);
    assert.equal(open.length, 0, explain(open));
    const wrong = rows.filter(
      ({ model, permit }) => model !== undefined && permit.how === 'ok' && permit.value !== String(model),
    );
    assert.deepEqual(
      wrong.map(({ node, id, model, permit }) => `node ${node.major} ${id}: permit ${permit.value}, model ${model}`),
      [],
    );
  });
}

test('every accepted difference in has and drop is still there', { skip: alone !== undefined || everyLine() }, () => {
  assert.deepEqual(
    unseen('permission', seen).map(({ kind, row, because }) => `${kind} ${row}: ${because}`),
    [],
  );
});
