// Runs the program that `npm run platforms` runs elsewhere, on every Node of the suite.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { bare, ROOT } from '../helpers/run.mjs';
import { ALONE, smokeReport, smokeStart } from '../helpers/smoke.mjs';

for (const node of NODES) {
  for (const [name, words, expected] of [
    ['in each kind of thread and process', [], smokeReport(ROOT)],
    ['in a process that starts nothing', ['alone'], ALONE],
  ]) {
    it(`grants and refuses ${name} on Node ${node.version}`, () => {
      const { args, env } = smokeStart(ROOT, node.path, ...words);
      const { status, stdout, stderr } = bare(node, args, { env });
      assert.equal(status, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), expected);
    });
  }
}
