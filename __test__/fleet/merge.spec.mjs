// Logs of thousands of processes, and what it takes to merge them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fleet, writeFleet } from '../helpers/fleet.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv, scratch } from '../helpers/run.mjs';

const folder = scratch();

describe('a log of a fleet', () => {
  it('is the same for the same seed, and another for another', () => {
    const text = (seed) => [...fleet({ bytes: 200_000, seed })].map(([, part]) => part).join('');
    assert.equal(text(1), text(1));
    assert.notEqual(text(1), text(2));
  });

  it('has records of every kind, in the order of time, of many processes and deploys', () => {
    const records = [...fleet({ bytes: 2e7 })].flatMap(([, text]) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    );
    const all = (of) => new Set(records.map(of));
    assert.deepEqual([...all(({ decision, policy }) => `${decision} ${policy}`)].toSorted(), [
      'deny enforce',
      'dropped ',
      'start audit',
      'start enforce',
      'would-deny audit',
      'would-deny report-only',
    ]);
    assert.ok(all(({ pid }) => pid).size > 1000 && all(({ deploy }) => deploy).size === 60);
    assert.ok(records.every(({ datetime }, at) => at === 0 || datetime >= records[at - 1].datetime));
    for (const optional of ['path', 'leads_to', 'tree', 'host', 'rule']) {
      assert.ok(
        records.some((record) => optional in record) && records.some((record) => !(optional in record)),
        optional,
      );
    }
  });
});

describe('permit merge', () => {
  // As many records of the same things: what is held must not grow with the log.
  const LOGS = { small: 5e6, large: 5e7 };
  const audited = { distinct: 300, audits: 1, deploys: 1 };
  const paths = {};
  before(() => {
    for (const [name, bytes] of Object.entries(LOGS))
      [paths[name]] = writeFleet(join(folder, name), { ...audited, bytes });
  });

  for (const node of NODES) {
    it(`holds no more of a log that is ten times as long, on Node ${node.version}`, () => {
      const merged = (path) => {
        const { status, stdout, stderr } = spawnSync(
          node.path,
          ['-r', join(FIXTURES, 'rollout', 'peak.js'), PRELOAD, 'merge', '--report-only-records', path],
          {
            env: cleanEnv(),
            encoding: 'utf8',
            maxBuffer: 1 << 26,
          },
        );
        assert.equal(status, 0, stderr);
        const [, records, distinct] = /^permit: (\d+) records, (\d+) distinct$/m.exec(stderr);
        return {
          records: Number(records),
          distinct: Number(distinct),
          kilobytes: Number(/^peak (\d+)$/m.exec(stderr)[1]),
          stdout,
        };
      };
      const [small, large] = [merged(paths.small), merged(paths.large)];
      assert.ok(
        large.records > 9 * small.records && small.distinct === large.distinct,
        JSON.stringify([small.records, large.records, small.distinct, large.distinct]),
      );
      assert.ok(
        large.kilobytes < small.kilobytes + 5_000,
        `${small.kilobytes} kB of ${LOGS.small} bytes, ${large.kilobytes} kB of ${LOGS.large}`,
      );
    });
  }
});
