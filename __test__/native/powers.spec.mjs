// The network, child processes, threads, addons, the inspector and all else beyond files: as under
// Node 26.12's own model.
import assert from 'node:assert';
import { after, test } from 'node:test';
import { everyLine } from '../helpers/needs.mjs';
import { compare } from './compare.mjs';
import { explain, judge, unseen } from './judge.mjs';
import { loopback } from './loopback.mjs';
import { netPlans, POWER_PLANS, PROCESS_PLANS } from './plans.mjs';

const neighbours = await loopback();
after(() => neighbours.close());

const seen = new Set();
for (const plan of [...netPlans(neighbours), ...PROCESS_PLANS, ...POWER_PLANS]) {
  test(`${plan.name}: refused, delivered and named as by Node 26.12`, async (t) => {
    const rows = await compare(plan);
    for (const difference of judge(rows, plan.area)) seen.add(difference);
    const open = rows.filter(({ is }) => is === 'unexplained');
    t.diagnostic(`${rows.length} rows compared`);
    assert.equal(open.length, 0, explain(open));
  });
}

for (const area of ['net', 'process', 'powers']) {
  test(`every accepted difference in ${area} is still there`, { skip: everyLine() }, () => {
    assert.deepEqual(
      unseen(area, seen).map(({ kind, row, because }) => `${kind} ${row}: ${because}`),
      [],
    );
  });
}
