// Runs the program of `npm start` on every Node of the suite, on the oldest Node that permit
// supports, and on the first release of Node 26.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { NODES, SERVICE_NODES } from '../helpers/nodes.mjs';
import { ROOT, bare } from '../helpers/run.mjs';

for (const node of [...NODES, ...SERVICE_NODES]) {
  it(`shows a grant, a refusal and a drop on Node ${node.version}`, () => {
    const { status, stdout, stderr } = bare(node, [join(ROOT, '__test__', 'examples', 'start.mjs')]);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`\\(Node v${node.version}\\)`));
    for (const line of [
      '200  granted: the folder public/ may be read',
      '403  refused: /etc/passwd was never granted',
      '403  refused: what was dropped is gone',
      'All as the policy says.',
    ]) {
      assert.ok(stdout.includes(line), stdout);
    }
  });
}
