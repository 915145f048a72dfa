// What `metrics()` tells is right, and Prometheus reads it.
import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODES } from '../helpers/nodes.mjs';
import { programs } from '../helpers/needs.mjs';
import { prometheus } from '../helpers/peers.mjs';
import { FIXTURES, PRELOAD, cleanEnv, held, options, scratch } from '../helpers/run.mjs';

const folder = scratch();
const program = join(FIXTURES, 'audit', 'metrics.js');
const granted = join(folder, 'granted.txt');
const secret = join(folder, 'secret.txt');
for (const path of [granted, secret]) writeFileSync(path, 'text');
const flags = [`--allow-fs-read=${granted}`, '--allow-worker', '--allow-net'];
const absent = programs('prometheus', 'promtool');

/** The lines that are no comments, as a map from a name with its labels to a number. */
const values = (text) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('each question is counted once, in all threads, and names neither path nor host', () => {
      const ask = (times) => held(node, [...flags, '--audit-log=stderr'], [program, granted, secret, times]);
      const { stdout, stderr } = ask('3');
      const told = values(stdout);
      const reads = 'permit_checks_total{scope="fs.read",decision="allow"}';
      assert.equal(told.get(reads) - values(ask('1').stdout).get(reads), 2, stdout);
      // The program itself, and the thread.
      assert.ok(values(ask('0').stdout).get(reads) >= 2);
      assert.equal(told.get('permit_checks_total{scope="fs.read",decision="deny"}'), 1);
      assert.equal(told.get('permit_checks_total{scope="worker",decision="allow"}'), 1);
      assert.deepEqual([told.get('permit_records_total'), told.get('permit_records_dropped_total')], [1, 0], stderr);
      assert.ok(
        [...told.keys()].some((name) =>
          /^permit_policy_info\{mode="enforce",policy_hash="[0-9a-f]{64}",version=/.test(name),
        ),
      );
      assert.ok(!stdout.includes(folder));
    });

    it('in audit what goes on is not counted as allowed', () => {
      const ask = (times) => {
        const told = values(
          held(node, ['--permission-audit', '--audit-log=stderr', ...flags.slice(1)], [program, granted, secret, times])
            .stdout,
        );
        return ['allow', 'would-deny'].map((decision) =>
          told.get(`permit_checks_total{scope="fs.read",decision="${decision}"}`),
        );
      };
      const [[allowed, told], [allowedBefore, toldBefore]] = [ask('3'), ask('1')];
      assert.deepEqual([allowed - allowedBefore, told - toldBefore], [0, 2]);
    });

    it('promtool finds nothing wrong, and a scrape finds it', { skip: absent }, async () => {
      const { stdout } = held(node, flags, [program, granted, secret, '3']);
      assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: stdout, encoding: 'utf8' }), '');
      const child = fork(program, [granted, secret, '3'], {
        execPath: node.path,
        execArgv: ['-r', PRELOAD],
        env: cleanEnv({ PERMIT_OPTIONS: options(flags) }),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      after(() => child.kill('SIGKILL'));
      const [port] = await once(child, 'message');
      const at = await prometheus(`127.0.0.1:${port}`);
      let found;
      for (let tries = 0; tries < 100 && !found?.length; tries += 1) {
        await sleep(100);
        const query = encodeURIComponent('permit_checks_total{scope="fs.read",decision="deny"}');
        found = (await (await fetch(`http://127.0.0.1:${at}/api/v1/query?query=${query}`)).json()).data?.result;
      }
      assert.equal(found[0]?.value[1], '1');
      child.kill('SIGKILL');
    });
  });
}
