// Node's diagnostics channels: what is told of a refusal, in Node's shape, on every Node.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES, ORACLE } from '../helpers/nodes.mjs';
import { FIXTURES, bare, held, report } from '../helpers/run.mjs';

const program = (name) => join(FIXTURES, 'audit', name);
const READS = [`--allow-fs-read=${FIXTURES}`];

const HEARD = {
  allowed: [],
  read: [['fs', 'FileSystemRead', '/etc/passwd', null], 'ERR_ACCESS_DENIED'],
  relative: [['fs', 'FileSystemRead', '../../other', null], 'ERR_ACCESS_DENIED'],
  bytes: [['fs', 'FileSystemRead', '/etc/hosts', null], 'ERR_ACCESS_DENIED'],
  child: [['child', 'ChildProcess', 'git', null], 'ERR_ACCESS_DENIED'],
  worker: [['worker', 'WorkerThreads', program('subscribe.js'), null], 'ERR_ACCESS_DENIED'],
  asks: [['fs', 'FileSystemWrite', '/etc/passwd', null]],
  'asks for a whole scope': [['net', 'Net', '', null]],
  'asks for what is granted': [],
  'asks for nothing': [],
  drops: [['fs', 'FileSystemRead', '/srv', true]],
  'drops a whole scope': [['inspector', 'Inspector', '', true]],
  'drops nothing': [],
};

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('a failed check, a false has and a drop are heard, each once', () => {
      assert.deepEqual(report(held(node, READS, [program('subscribe.js')], { cwd: FIXTURES })), HEARD);
    });

    it('the environment has a channel of its own', () => {
      assert.deepEqual(report(held(node, ['--allow-env=default'], [program('environment-channel.js')])), [
        { permission: 'Environment', resource: 'TOKEN' },
        { permission: 'Environment', resource: 'HOME', drop: true },
      ]);
    });

    it('a subscriber that throws changes neither the refusal nor what follows it', () => {
      assert.deepEqual(report(held(node, [], [program('shape.js')])), {
        order: ['heard', 'ERR_ACCESS_DENIED', '/etc/passwd', 'of the subscriber'],
        shape: [['permission', 'resource', 'drop'], true, true],
      });
    });

    it('what a program replaces is not looked up, and lets nothing through', () => {
      assert.deepEqual(report(held(node, [], [program('replaced.js')])), {
        'own publish': ['ERR_ACCESS_DENIED', '/etc/passwd'],
        'publish of the class': ['ERR_ACCESS_DENIED', '/etc/passwd'],
        'own hasSubscribers': ['ERR_ACCESS_DENIED', '/etc/passwd'],
        'channel of the module': ['ERR_ACCESS_DENIED', '/etc/passwd'],
        'accessors of every object': ['ERR_ACCESS_DENIED', '/etc/passwd'],
        'subscribers that throw': ['ERR_ACCESS_DENIED', 'a replaced one'],
        'another prototype': ['ERR_ACCESS_DENIED'],
      });
    });

    it('a worker is heard on its own thread', () => {
      assert.deepEqual(
        report(held(node, ['--allow-worker', `--allow-fs-read=${FIXTURES}`], [program('thread-channel.js')])),
        [1, '/etc/passwd'],
      );
    });
  });
}

describe(`Node ${ORACLE.version} by itself`, () => {
  it('tells the same of files, children and questions', () => {
    const own = report(bare(ORACLE, ['--permission', ...READS, program('subscribe.js')], { cwd: FIXTURES }));
    for (const what of [
      'allowed',
      'read',
      'relative',
      'bytes',
      'child',
      'asks',
      'asks for a whole scope',
      'asks for what is granted',
      'asks for nothing',
      'drops',
      'drops a whole scope',
      'drops nothing',
    ]) {
      assert.deepEqual(own[what], HEARD[what], what);
    }
    assert.deepEqual(report(bare(ORACLE, ['--permission', `--allow-fs-read=${FIXTURES}`, program('shape.js')])).order, [
      'heard',
      'ERR_ACCESS_DENIED',
      '/etc/passwd',
      'of the subscriber',
    ]);
  });
});
