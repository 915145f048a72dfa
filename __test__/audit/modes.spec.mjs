// Audit and report-only: calls that proceed, calls that stay refused, and the records of both.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brief, fresh, recordsOf } from '../helpers/log.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const program = (name) => join(FIXTURES, 'audit', name);
const secret = join(folder, 'secret.txt');
writeFileSync(secret, 'secret');

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const reads = [`--allow-fs-read=${FIXTURES}`];

    it('in audit everything goes on, in workers and children too, and is recorded', () => {
      const [place, target] = [fresh(folder), join(folder, `written-${node.major}`)];
      const log = join(place, 'log');
      const done = report(
        held(node, [...reads, '--permission-audit', `--audit-log=${log}`], [program('reach.js'), secret, target]),
      );
      const tried = { mode: 'audit', has: false, read: 'secret', write: true };
      assert.deepEqual(done, { here: tried, child: tried, worker: tried });
      const written = recordsOf(log);
      const own = written.filter(
        ({ pid, value }) => pid === written.find(({ scope }) => scope === 'worker').pid && value === secret,
      );
      assert.deepEqual(
        own.map(brief),
        [0, 1].map((thread) => ({
          permission: 'FileSystemRead',
          scope: 'fs.read',
          value: secret,
          decision: 'would-deny',
          policy: 'audit',
          thread,
          count: 1,
        })),
      );
      assert.equal(new Set(written.map(({ pid }) => pid)).size, 2);
      assert.deepEqual([...new Set(written.map(({ scope }) => scope))].toSorted(), [
        'child',
        'fs.read',
        'fs.write',
        'worker',
      ]);
    });

    it('an audit is a key of policy files, and hears on the channels', () => {
      const config = join(fresh(folder), 'policy.json');
      writeFileSync(config, '{"permission":{"audit":true,"allow-fs-write":[]}}');
      const cwd = fresh(folder);
      writeFileSync(join(cwd, 'a'), '');
      const done = held(node, [], [program('channel.js')], { cwd, env: { PERMIT_OPTIONS: '', PERMIT_CONFIG: config } });
      assert.deepEqual(
        report(done)[0].filter((name, at, all) => all.indexOf(name) === at),
        ['FileSystemRead', 'FileSystemWrite'],
      );
      assert.match(done.stderr, /^permit: nothing is written of what is recorded; give --audit-log=FILE\n/);
    });

    it("permit's own files, the memory and the internals stay refused in audit", () => {
      const place = fresh(folder);
      const [log, config] = ['log', 'policy.json'].map((name) => join(place, name));
      writeFileSync(config, '{"permission":{"audit":true}}');
      const done = report(
        held(node, [`--config=${config}`, `--audit-log=${log}`], [program('protected.js'), log, config, PRELOAD]),
      );
      assert.deepEqual([...new Set(Object.values(done))], ['ERR_ACCESS_DENIED'], JSON.stringify(done));
    });

    it('what is enforced stays enforced in a child that is told to audit, and in a worker', () => {
      const done = held(node, [...reads, '--allow-child-process', '--allow-worker'], [program('wants-audit.js')]);
      assert.deepEqual(report(done), {
        child: ['ERR_ACCESS_DENIED', 'enforce'],
        worker: ['ERR_ACCESS_DENIED', 'enforce'],
      });
    });

    it('a child of an audit enforces what it is told to', () => {
      const done = held(node, ['--permission-audit', '--audit-log=stderr'], [program('child-that-enforces.js')]);
      assert.deepEqual(report(done), ['ERR_ACCESS_DENIED', 'enforce']);
      assert.match(done.stderr, /"decision":"would-deny"[^\n]*\n/);
    });

    it('nothing of the environment is taken away in audit', () => {
      const env = {
        PERMIT_OPTIONS: options(['--permission-audit', '--allow-env=PATH', '--audit-log=stderr']),
        TOKEN: 'x',
        HOME: '/',
      };
      assert.deepEqual(report(held(node, [], [program('environment.js')], { env })), ['x', 'string', false]);
    });

    it('a second policy is recorded beside the one that is enforced, in workers and children too', () => {
      const place = fresh(folder);
      const [log, second] = ['log', 'second.json'].map((name) => join(place, name));
      writeFileSync(
        second,
        JSON.stringify({
          permission: { 'allow-fs-read': FIXTURES, 'allow-worker': true, 'allow-child-process': true },
        }),
      );
      const done = report(
        held(
          node,
          [
            '--allow-fs-read=*',
            '--allow-worker',
            '--allow-child-process',
            `--report-only=${second}`,
            `--audit-log=${log}`,
          ],
          [program('reach.js'), secret, join(place, 'x')],
        ),
      );
      const tried = { mode: 'enforce', has: true, read: 'secret', write: 'ERR_ACCESS_DENIED' };
      assert.deepEqual(done, { here: tried, child: tried, worker: tried });
      const written = recordsOf(log).map(({ scope, value, decision, policy }) =>
        [scope, value === secret ? 'secret' : 'target', decision, policy].join(' '),
      );
      assert.deepEqual([...new Set(written)].toSorted(), [
        'fs.read secret would-deny report-only',
        'fs.write target deny enforce',
        'fs.write target would-deny report-only',
      ]);
      assert.equal(written.length, 9);
    });

    it('the log and a second policy are keys of policy files, which start at the file', () => {
      const place = fresh(folder);
      mkdirSync(join(place, 'conf'));
      const config = join(place, 'conf', 'policy.json');
      // permit reads only the grants and denials of the second file.
      writeFileSync(
        join(place, 'second.json'),
        JSON.stringify({ permission: { 'allow-fs-read': FIXTURES, 'audit-log': './other', audit: true } }),
      );
      writeFileSync(
        config,
        JSON.stringify({
          permission: { 'allow-fs-read': '*', 'audit-log': '../log', 'report-only': '../second.json' },
        }),
      );
      const args = [program('report-only-file.js'), secret, join(place, 'second.json')];
      const done = held(node, [], args, { cwd: folder, env: { PERMIT_OPTIONS: '', PERMIT_CONFIG: config } });
      assert.deepEqual(report(done), ['enforce', `${place}/conf/../log`, 'ERR_ACCESS_DENIED']);
      assert.equal(done.stderr, '');
      const written = recordsOf(join(place, 'log')).filter(({ value }) => value === secret);
      assert.deepEqual(
        written.map(({ decision, policy }) => [decision, policy]),
        [['would-deny', 'report-only']],
      );
      assert.equal(existsSync(join(place, 'other')), false);
    });

    it('a worker has the log of its process, and none of its own', () => {
      assert.deepEqual(report(held(node, ['--allow-worker'], [program('worker-with-a-log.js')])), [
        'ERR_INVALID_ARG_VALUE',
        'ERR_INVALID_ARG_VALUE',
        'ERR_INVALID_ARG_VALUE',
      ]);
    });

    it('an express service does its work in audit, and the log names the packages', () => {
      const place = fresh(folder);
      const log = join(place, 'log');
      const main = join(place, 'main.js');
      writeFileSync(join(place, 'package.json'), '{"name":"the-service"}');
      copyFileSync(program('express.js'), main);
      symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
      const done = held(node, ['--permission-audit', `--audit-log=${log}`], [main, secret]);
      assert.equal(report(done), 'secret');
      const written = recordsOf(log);
      assert.deepEqual(
        written.filter(({ value }) => value === secret).map(({ package: name, count }) => [name, count]),
        [['the-service', 1]],
      );
      const packages = new Set(written.map(({ package: name }) => name));
      assert.ok(packages.has('express') && packages.has('the-service'), [...packages].join());
      assert.ok(
        written.some(({ scope }) => scope === 'net.listen') && written.some(({ scope }) => scope === 'net.connect'),
      );
    });
  });
}
