// The audit log: what a record says, and that none is lost, torn or forged.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brief, fresh, linesOf, recordsOf } from '../helpers/log.mjs';
import { machine } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const program = (name) => join(FIXTURES, 'audit', name);

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const reads = [`--allow-fs-read=${FIXTURES}`];

    it('a log that nobody reads holds up no end, by itself or by a signal', async () => {
      const log = join(fresh(folder), 'pipe');
      execFileSync('mkfifo', [log]);
      const flags = [...reads, `--audit-log=${log}`];
      const ended = held(node, flags, [program('many.js')]);
      assert.deepEqual([ended.status, ended.signal, report(ended)], [0, null, 'done'], ended.stderr);
      assert.match(
        ended.stderr,
        /^permit: \d+ records were not written to the audit log \S+\/pipe: it took no more\n$/,
      );
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
        const child = spawn(node.path, ['-r', PRELOAD, program('many.js'), 'wait'], {
          env: cleanEnv({ PERMIT_OPTIONS: options(flags) }),
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        await once(child.stdout, 'data');
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
        assert.deepEqual(await once(child, 'close'), [null, signal]);
        clearTimeout(timer);
      }
    });

    it(
      'records that cannot be written are counted, and told of at the end',
      { skip: machine(existsSync('/dev/full'), '/dev/full') },
      () => {
        const result = held(node, [...reads, '--audit-log=/dev/full'], [program('many.js'), 'status']);
        assert.deepEqual(report(result), { records: 3000, recordsDropped: 3000 });
        assert.match(
          result.stderr,
          /^permit: 3000 records were not written to the audit log \/dev\/full: No space left on device/,
        );
      },
    );

    it('a record says who, what and how often', () => {
      const place = fresh(folder);
      const log = join(place, 'log');
      const { status } = held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '0', 'return']);
      assert.equal(status, 0);
      held(node, [...reads, `--audit-log=${log}`], [program('same-again.js'), '5']);
      const [line, ...rest] = recordsOf(log);
      assert.deepEqual(rest, []);
      assert.deepEqual(Object.keys(line), [
        'v',
        'datetime',
        'permission',
        'scope',
        'value',
        'decision',
        'policy',
        'rule',
        'package',
        'pid',
        'thread',
        'count',
        'policy_hash',
        'deploy',
      ]);
      assert.deepEqual(brief(line), {
        permission: 'FileSystemRead',
        scope: 'fs.read',
        value: '/etc/passwd',
        decision: 'deny',
        policy: 'enforce',
        thread: 0,
        count: 5,
      });
      assert.equal(line.rule, '--allow-fs-read=/etc/passwd');
      assert.ok(Math.abs(Date.now() - Date.parse(line.datetime)) < 60_000);
      assert.match(line.policy_hash, /^[0-9a-f]{64}$/);
    });

    it('nothing is lost at the end of a program, however it ends', () => {
      for (const [end, status] of [
        ['return', 0],
        ['exit', 3],
        ['throw', 1],
        ['SIGTERM', null],
        ['SIGINT', null],
        ['SIGHUP', null],
      ]) {
        const log = join(fresh(folder), 'log');
        const done = held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '100', end]);
        assert.deepEqual([done.status, done.signal], [status, status === null ? end : null], end);
        assert.equal(recordsOf(log).length, 100, end);
      }
    });

    it('what the table has no room for is counted', () => {
      const log = join(fresh(folder), 'log');
      const [records, name, dropped] = report(
        held(node, [...reads, `--audit-log=${log}`], [program('more-than-the-table.js')]),
      );
      assert.deepEqual([records, name], [5000, log]);
      const written = recordsOf(log);
      const kept = written.filter(({ decision }) => decision === 'deny').length;
      const told = written.filter(({ decision }) => decision === 'dropped').reduce((sum, { count }) => sum + count, 0);
      assert.deepEqual([kept + told, told], [5000, dropped]);
    });

    it('lines stay whole where several processes and threads write and are killed', async () => {
      const log = join(fresh(folder), 'log');
      const env = cleanEnv({ PERMIT_OPTIONS: options([...reads, '--allow-worker', `--audit-log=${log}`]) });
      const start = (...args) =>
        spawn(node.path, ['-r', PRELOAD, program('flood.js'), ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const steady = ['worker', 'worker'].map((end) => start('300', end));
      const killed = start('3000', 'forever');
      await once(killed.stdout, 'data');
      await new Promise((done) => {
        setTimeout(done, 700);
      });
      killed.kill('SIGKILL');
      await Promise.all([killed, ...steady].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
      const written = recordsOf(log);
      for (const { pid } of steady) assert.equal(written.filter((line) => line.pid === pid).length, 600);
      assert.ok(written.filter((line) => line.pid === killed.pid).length >= 3000);
    });

    it('a torn last line is left alone', () => {
      const log = join(fresh(folder), 'log');
      writeFileSync(log, '{"v":1,"torn');
      held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '1', 'return']);
      const [torn, start, line, end] = readFileSync(log, 'utf8').split('\n');
      assert.deepEqual(
        [torn, JSON.parse(start).decision, JSON.parse(line).count, end],
        ['{"v":1,"torn', 'start', 1, ''],
      );
    });

    it('a process says that it began, of which release, and what it records', () => {
      const place = fresh(folder);
      writeFileSync(join(place, 'package.json'), '{"name":"@a/orders","version":"1.4.2"}');
      copyFileSync(program('release.js'), join(place, 'main.js'));
      writeFileSync(join(place, 'nothing.json'), '{"permission":{}}');
      const run = (name, flags) => {
        const log = join(place, name);
        const { status, stderr } = held(node, [...flags, `--audit-log=${log}`], [join(place, 'main.js')]);
        assert.equal(status, 0, stderr);
        return linesOf(log);
      };
      const held1 = run('1', ['--allow-child-process']);
      const starts = held1.filter(({ decision }) => decision === 'start');
      const hash = starts[0].policy_hash;
      assert.match(hash, /^[0-9a-f]{64}$/);
      const began = {
        value: 'refused',
        policy: 'enforce',
        count: 1,
        scope: '',
        thread: null,
        deploy: `@a/orders@1.4.2+${hash.slice(0, 12)}`,
      };
      for (const line of starts) {
        const { value, policy, count, scope, thread, deploy } = line;
        assert.deepEqual({ value, policy, count, scope, thread, deploy }, began);
      }
      assert.deepEqual(
        [new Set(starts.map(({ pid }) => pid)).size, starts.map(({ package: name }) => name).toSorted()],
        [2, ['@a/orders', null]],
      );
      const refused = held1.filter(({ decision }) => decision === 'deny');
      assert.ok(
        refused.length > 0 && refused.every(({ deploy }) => deploy === began.deploy),
        'a child tells the release of the process that started it',
      );
      const recorded = (lines) => [
        ...new Set(
          lines.filter(({ decision }) => decision === 'start').map(({ value, policy }) => `${value} ${policy}`),
        ),
      ];
      assert.deepEqual(recorded(run('2', ['--permission-audit'])), ['all audit']);
      assert.deepEqual(recorded(run('3', ['--permission-audit', '--allow-net'])), ['refused audit']);
      assert.deepEqual(recorded(run('4', ['--allow-child-process', `--report-only=${join(place, 'nothing.json')}`])), [
        'all enforce',
      ]);
    });

    it('a program cannot say of which release a child is, nor of itself', () => {
      const place = fresh(folder);
      const [main, log] = ['main.js', 'log'].map((name) => join(place, name));
      // Here it belongs to no package.
      copyFileSync(program('forged-release.js'), main);
      const env = {
        PERMIT_OPTIONS: options(['--allow-child-process', `--audit-log=${log}`]),
        PERMIT_INHERITED_DEPLOY: 'all:y@9+0',
      };
      assert.equal(held(node, [], [main], { env }).status, 0);
      const starts = linesOf(log);
      assert.deepEqual(
        starts.map(({ value, deploy, policy_hash: hash }) => [
          value,
          deploy === starts[0].policy_hash.slice(0, 12),
          hash.length,
        ]),
        [
          ['refused', true, 64],
          ['refused', true, 64],
        ],
      );
    });

    it('a log that cannot be written, or that a parent may not write, stops the start', () => {
      const nowhere = held(node, [`--audit-log=${join(folder, 'no', 'log')}`], ['-e', '']);
      assert.equal(nowhere.status, 9);
      assert.match(nowhere.stderr, /^permit: --audit-log: \S+: No such file or directory[^\n]*\n$/);
      const log = join(fresh(folder), 'log');
      const [status, said] = report(held(node, ['--allow-child-process'], [program('child-with-a-log.js'), log]));
      assert.deepEqual([status, said], [9, `permit: --audit-log: ${log}: the parent process may not write there\n`]);
      assert.equal(existsSync(log), false);
    });

    it('who asked is found although the program replaces what errors are made of', () => {
      const place = fresh(folder);
      const [main, log] = ['main.js', 'log'].map((name) => join(place, name));
      writeFileSync(join(place, 'package.json'), '{"name":"replaces"}');
      copyFileSync(program('replaces-errors.js'), main);
      assert.deepEqual(report(held(node, [`--audit-log=${log}`], [main])), [0, 0, 'x']);
      assert.deepEqual(
        recordsOf(log).map(({ value, package: name }) => [value, name]),
        [['/etc/passwd', 'replaces']],
      );
    });
  });
}
