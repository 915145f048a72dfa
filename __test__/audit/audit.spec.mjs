// Audit, report-only and the log: what goes on, what stays refused, and what is written of it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { machine } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const program = (name) => join(FIXTURES, 'audit', name);
const secret = join(folder, 'secret.txt');
writeFileSync(secret, 'secret');
let last = 0;
/** A folder that nobody has used. */
function fresh() {
  last += 1;
  const path = join(folder, String(last));
  mkdirSync(path);
  return path;
}

/** The lines of a log; each must be whole. */
function linesOf(log) {
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  assert.ok(text === '' || text.endsWith('\n'), 'the last line is whole');
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
/** Those of calls. */
const recordsOf = (log) => linesOf(log).filter(({ decision }) => decision !== 'start');
const brief = ({ permission, scope, value, decision, policy, thread, count }) => ({ permission, scope, value, decision, policy, thread, count });

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const reads = [`--allow-fs-read=${FIXTURES}`];

    it('in audit everything goes on, in workers and children too, and is recorded', () => {
      const [place, target] = [fresh(), join(folder, `written-${node.major}`)];
      const log = join(place, 'log');
      const done = report(held(node, [...reads, '--permission-audit', `--audit-log=${log}`], [program('reach.js'), secret, target]));
      const tried = { mode: 'audit', has: false, read: 'secret', write: true };
      assert.deepEqual(done, { here: tried, child: tried, worker: tried });
      const written = recordsOf(log);
      const own = written.filter(({ pid, value }) => pid === written.find(({ scope }) => scope === 'worker').pid && value === secret);
      assert.deepEqual(own.map(brief), [0, 1].map((thread) => ({
        permission: 'FileSystemRead', scope: 'fs.read', value: secret, decision: 'would-deny', policy: 'audit', thread, count: 1,
      })));
      assert.equal(new Set(written.map(({ pid }) => pid)).size, 2);
      assert.deepEqual([...new Set(written.map(({ scope }) => scope))].toSorted(), ['child', 'fs.read', 'fs.write', 'worker']);
    });

    it('a log that nobody reads holds up no end, by itself or by a signal', async () => {
      const log = join(fresh(), 'pipe');
      execFileSync('mkfifo', [log]);
      const flags = [...reads, `--audit-log=${log}`];
      const ended = held(node, flags, [program('many.js')]);
      assert.deepEqual([ended.status, ended.signal, report(ended)], [0, null, 'done'], ended.stderr);
      assert.match(ended.stderr, /^permit: \d+ records were not written to the audit log \S+\/pipe: it took no more\n$/);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
        const child = spawn(node.path, ['-r', PRELOAD, program('many.js'), 'wait'], { env: cleanEnv({ PERMIT_OPTIONS: options(flags) }), stdio: ['ignore', 'pipe', 'ignore'] });
        await once(child.stdout, 'data');
        child.kill(signal);
        const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
        assert.deepEqual(await once(child, 'close'), [null, signal]);
        clearTimeout(timer);
      }
    });

    it('records that cannot be written are counted, and told of at the end', { skip: machine(existsSync('/dev/full'), '/dev/full') }, () => {
      const result = held(node, [...reads, '--audit-log=/dev/full'], [program('many.js'), 'status']);
      assert.deepEqual(report(result), { records: 3000, recordsDropped: 3000 });
      assert.match(result.stderr, /^permit: 3000 records were not written to the audit log \/dev\/full: No space left on device/);
    });

    it('an audit is a key of policy files, and hears on the channels', () => {
      const config = join(fresh(), 'policy.json');
      writeFileSync(config, '{"permission":{"audit":true,"allow-fs-write":[]}}');
      const text = `const heard = []; require('diagnostics_channel').subscribe('node:permission-model:fs', (m) => heard.push(m.permission));
        require('fs').renameSync('a', 'b'); console.log(JSON.stringify([heard, require('fs').existsSync('b')]))`;
      const cwd = fresh();
      writeFileSync(join(cwd, 'a'), '');
      const done = held(node, [], ['-e', text], { cwd, env: { PERMIT_OPTIONS: '', PERMIT_CONFIG: config } });
      assert.deepEqual(report(done)[0].filter((name, at, all) => all.indexOf(name) === at), ['FileSystemRead', 'FileSystemWrite']);
      assert.match(done.stderr, /^permit: nothing is written of what is recorded; give --audit-log=FILE\n/);
    });

    it("permit's own files, the memory and the internals stay refused in audit", () => {
      const place = fresh();
      const [log, config] = ['log', 'policy.json'].map((name) => join(place, name));
      writeFileSync(config, '{"permission":{"audit":true}}');
      const done = report(held(node, [`--config=${config}`, `--audit-log=${log}`], [program('protected.js'), log, config, PRELOAD]));
      assert.deepEqual([...new Set(Object.values(done))], ['ERR_ACCESS_DENIED'], JSON.stringify(done));
    });

    it('what is enforced stays enforced in a child that is told to audit, and in a worker', () => {
      const text = `const { execFileSync } = require('child_process'); const { Worker } = require('worker_threads');
        const ask = "let c = null; try { require('fs').readFileSync('/etc/passwd') } catch (e) { c = e.code } console.log(JSON.stringify([c, process.permission.status().mode]))";
        const run = (env) => JSON.parse(execFileSync(process.execPath, ['-e', ask], { env }));
        const child = run({ PERMIT_OPTIONS: '--permission-audit' });
        new Worker(ask.replace('console.log(', "require('worker_threads').parentPort.postMessage("), { eval: true, permission: { audit: true } })
          .on('message', (worker) => console.log(JSON.stringify({ child, worker: JSON.parse(worker) })))`;
      const done = held(node, [...reads, '--allow-child-process', '--allow-worker'], ['-e', text]);
      assert.deepEqual(report(done), { child: ['ERR_ACCESS_DENIED', 'enforce'], worker: ['ERR_ACCESS_DENIED', 'enforce'] });
    });

    it('a child of an audit enforces what it is told to', () => {
      const text = `const ask = "let c = null; try { require('fs').readFileSync('/etc/passwd') } catch (e) { c = e.code } console.log(JSON.stringify([c, process.permission.status().mode]))";
        console.log(require('child_process').execFileSync(process.execPath, ['-e', ask], { env: { PERMIT_OPTIONS: '--allow-net' } }) + '')`;
      const done = held(node, ['--permission-audit', '--audit-log=stderr'], ['-e', text]);
      assert.deepEqual(report(done), ['ERR_ACCESS_DENIED', 'enforce']);
      assert.match(done.stderr, /"decision":"would-deny"[^\n]*\n/);
    });

    it('nothing of the environment is taken away in audit', () => {
      const text = `process.permission.drop('env', 'HOME'); console.log(JSON.stringify([process.env.TOKEN, typeof process.env.HOME, process.permission.has('env', 'TOKEN')]))`;
      const env = { PERMIT_OPTIONS: options(['--permission-audit', '--allow-env=PATH', '--audit-log=stderr']), TOKEN: 'x', HOME: '/' };
      assert.deepEqual(report(held(node, [], ['-e', text], { env })), ['x', 'string', false]);
    });

    it('a second policy is recorded beside the one that is enforced, in workers and children too', () => {
      const place = fresh();
      const [log, second] = ['log', 'second.json'].map((name) => join(place, name));
      writeFileSync(second, JSON.stringify({ permission: { 'allow-fs-read': FIXTURES, 'allow-worker': true, 'allow-child-process': true } }));
      const done = report(held(node, ['--allow-fs-read=*', '--allow-worker', '--allow-child-process', `--report-only=${second}`, `--audit-log=${log}`], [program('reach.js'), secret, join(place, 'x')]));
      const tried = { mode: 'enforce', has: true, read: 'secret', write: 'ERR_ACCESS_DENIED' };
      assert.deepEqual(done, { here: tried, child: tried, worker: tried });
      const written = recordsOf(log).map(({ scope, value, decision, policy }) => [scope, value === secret ? 'secret' : 'target', decision, policy].join(' '));
      assert.deepEqual([...new Set(written)].toSorted(), ['fs.read secret would-deny report-only', 'fs.write target deny enforce', 'fs.write target would-deny report-only']);
      assert.equal(written.length, 9);
    });

    it('the log and a second policy are keys of policy files, which start at the file', () => {
      const place = fresh();
      mkdirSync(join(place, 'conf'));
      const config = join(place, 'conf', 'policy.json');
      // What the second file says besides its grants and denials is its own affair.
      writeFileSync(join(place, 'second.json'), JSON.stringify({ permission: { 'allow-fs-read': FIXTURES, 'audit-log': './other', audit: true } }));
      writeFileSync(config, JSON.stringify({ permission: { 'allow-fs-read': '*', 'audit-log': '../log', 'report-only': '../second.json' } }));
      const text = `require('fs').readFileSync(${JSON.stringify(secret)}); const { mode, auditLog } = process.permission.status();
        let code = null; try { require('fs').writeFileSync(${JSON.stringify(join(place, 'second.json'))}, '') } catch (error) { code = error.code } console.log(JSON.stringify([mode, auditLog, code]))`;
      const done = held(node, [], ['-e', text], { cwd: folder, env: { PERMIT_OPTIONS: '', PERMIT_CONFIG: config } });
      assert.deepEqual(report(done), ['enforce', `${place}/conf/../log`, 'ERR_ACCESS_DENIED']);
      assert.equal(done.stderr, '');
      const written = recordsOf(join(place, 'log')).filter(({ value }) => value === secret);
      assert.deepEqual(written.map(({ decision, policy }) => [decision, policy]), [['would-deny', 'report-only']]);
      assert.equal(existsSync(join(place, 'other')), false);
    });

    it('a worker has the log of its process, and none of its own', () => {
      const text = `const { Worker } = require('worker_threads'); const keys = { 'audit-log': 'x', 'audit-stack': true, 'report-only': 'x' };
        console.log(JSON.stringify(Object.keys(keys).map((key) => { try { new Worker('', { eval: true, permission: { [key]: keys[key] } }); return null } catch (error) { return error.code } })))`;
      assert.deepEqual(report(held(node, ['--allow-worker'], ['-e', text])), ['ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_VALUE']);
    });

    it('an express service does its work in audit, and the log names the packages', () => {
      const place = fresh();
      const log = join(place, 'log');
      const text = `const app = require('express')(); const fs = require('fs');
        app.get('/', (request, response) => response.send(fs.readFileSync(${JSON.stringify(secret)}, 'utf8')));
        const server = app.listen(0, '127.0.0.1', async () => {
          const answer = await (await fetch('http://127.0.0.1:' + server.address().port)).text();
          server.closeAllConnections(); server.close(); console.log(JSON.stringify(answer));
        });`;
      const main = join(place, 'main.js');
      writeFileSync(join(place, 'package.json'), '{"name":"the-service"}');
      writeFileSync(main, text.replace("require('express')", `require(${JSON.stringify(createRequire(join(ROOT, 'x.js')).resolve('express'))})`));
      const done = held(node, ['--permission-audit', `--audit-log=${log}`], [main]);
      assert.equal(report(done), 'secret');
      const written = recordsOf(log);
      assert.deepEqual(written.filter(({ value }) => value === secret).map(({ package: name, count }) => [name, count]), [['the-service', 1]]);
      const packages = new Set(written.map(({ package: name }) => name));
      assert.ok(packages.has('express') && packages.has('the-service'), [...packages].join());
      assert.ok(written.some(({ scope }) => scope === 'net.listen') && written.some(({ scope }) => scope === 'net.connect'));
    });

    it('a record says who, what and how often', () => {
      const place = fresh();
      const log = join(place, 'log');
      const { status } = held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '0', 'return']);
      assert.equal(status, 0);
      held(node, [...reads, `--audit-log=${log}`], ['-e', "for (let i = 0; i < 5; i++) try { require('fs').statSync('/etc/passwd') } catch {}"]);
      const [line, ...rest] = recordsOf(log);
      assert.deepEqual(rest, []);
      assert.deepEqual(Object.keys(line), ['v', 'datetime', 'permission', 'scope', 'value', 'decision', 'policy', 'rule', 'package', 'pid', 'thread', 'count', 'policy_hash', 'deploy']);
      assert.deepEqual(brief(line), { permission: 'FileSystemRead', scope: 'fs.read', value: '/etc/passwd', decision: 'deny', policy: 'enforce', thread: 0, count: 5 });
      assert.equal(line.rule, '--allow-fs-read=/etc/passwd');
      assert.ok(Math.abs(Date.now() - Date.parse(line.datetime)) < 60_000);
      assert.match(line.policy_hash, /^[0-9a-f]{64}$/);
    });

    it('nothing is lost at the end of a program, however it ends', () => {
      for (const [end, status] of [['return', 0], ['exit', 3], ['throw', 1], ['SIGTERM', null], ['SIGINT', null], ['SIGHUP', null]]) {
        const log = join(fresh(), 'log');
        const done = held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '100', end]);
        assert.deepEqual([done.status, done.signal], [status, status === null ? end : null], end);
        assert.equal(recordsOf(log).length, 100, end);
      }
    });

    it('what the table has no room for is counted', () => {
      const log = join(fresh(), 'log');
      const text = `for (let i = 0; i < 5000; i++) try { require('fs').statSync('/etc/' + i) } catch {}
        const { records, recordsDropped, auditLog } = process.permission.status(); console.log(JSON.stringify([records, auditLog, recordsDropped]))`;
      const [records, name, dropped] = report(held(node, [...reads, `--audit-log=${log}`], ['-e', text]));
      assert.deepEqual([records, name], [5000, log]);
      const written = recordsOf(log);
      const kept = written.filter(({ decision }) => decision === 'deny').length;
      const told = written.filter(({ decision }) => decision === 'dropped').reduce((sum, { count }) => sum + count, 0);
      assert.deepEqual([kept + told, told], [5000, dropped]);
    });

    it('lines stay whole where several processes and threads write and are killed', async () => {
      const log = join(fresh(), 'log');
      const env = cleanEnv({ PERMIT_OPTIONS: options([...reads, '--allow-worker', `--audit-log=${log}`]) });
      const start = (...args) => spawn(node.path, ['-r', PRELOAD, program('flood.js'), ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const steady = ['worker', 'worker'].map((end) => start('300', end));
      const killed = start('3000', 'forever');
      await once(killed.stdout, 'data');
      await new Promise((done) => { setTimeout(done, 700); });
      killed.kill('SIGKILL');
      await Promise.all([killed, ...steady].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
      const written = recordsOf(log);
      for (const { pid } of steady) assert.equal(written.filter((line) => line.pid === pid).length, 600);
      assert.ok(written.filter((line) => line.pid === killed.pid).length >= 3000);
    });

    it('a torn last line is left alone', () => {
      const log = join(fresh(), 'log');
      writeFileSync(log, '{"v":1,"torn');
      held(node, [...reads, `--audit-log=${log}`], [program('flood.js'), '1', 'return']);
      const [torn, start, line, end] = readFileSync(log, 'utf8').split('\n');
      assert.deepEqual([torn, JSON.parse(start).decision, JSON.parse(line).count, end], ['{"v":1,"torn', 'start', 1, '']);
    });

    it('a process says that it began, of which release, and what it records', () => {
      const place = fresh();
      writeFileSync(join(place, 'package.json'), '{"name":"@a/orders","version":"1.4.2"}');
      writeFileSync(join(place, 'main.js'), "require('child_process').execFileSync(process.execPath, ['-e', 'try { require(\"fs\").statSync(\"/etc/passwd\") } catch {}'])");
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
      const began = { value: 'refused', policy: 'enforce', count: 1, scope: '', thread: null, deploy: `@a/orders@1.4.2+${hash.slice(0, 12)}` };
      for (const line of starts) {
        const { value, policy, count, scope, thread, deploy } = line;
        assert.deepEqual({ value, policy, count, scope, thread, deploy }, began);
      }
      assert.deepEqual([new Set(starts.map(({ pid }) => pid)).size, starts.map(({ package: name }) => name).toSorted()], [2, ['@a/orders', null]]);
      const refused = held1.filter(({ decision }) => decision === 'deny');
      assert.ok(refused.length > 0 && refused.every(({ deploy }) => deploy === began.deploy), 'a child tells the release of the process that started it');
      const recorded = (lines) => [...new Set(lines.filter(({ decision }) => decision === 'start').map(({ value, policy }) => `${value} ${policy}`))];
      assert.deepEqual(recorded(run('2', ['--permission-audit'])), ['all audit']);
      assert.deepEqual(recorded(run('3', ['--permission-audit', '--allow-net'])), ['refused audit']);
      assert.deepEqual(recorded(run('4', ['--allow-child-process', `--report-only=${join(place, 'nothing.json')}`])), ['all enforce']);
    });

    it('a program cannot say of which release a child is, nor of itself', () => {
      const log = join(fresh(), 'log');
      const text = `process.env.PERMIT_INHERITED_DEPLOY = 'all:x@9+0'; require('child_process').execFileSync(process.execPath, ['-e', ''])`;
      const env = { PERMIT_OPTIONS: options(['--allow-child-process', `--audit-log=${log}`]), PERMIT_INHERITED_DEPLOY: 'all:y@9+0' };
      assert.equal(held(node, [], ['-e', text], { env }).status, 0);
      const starts = linesOf(log);
      assert.deepEqual(starts.map(({ value, deploy, policy_hash: hash }) => [value, deploy === starts[0].policy_hash.slice(0, 12), hash.length]), [['refused', true, 64], ['refused', true, 64]]);
    });

    it('a log that cannot be written, or that a parent may not write, stops the start', () => {
      const nowhere = held(node, [`--audit-log=${join(folder, 'no', 'log')}`], ['-e', '']);
      assert.equal(nowhere.status, 9);
      assert.match(nowhere.stderr, /^permit: --audit-log: \S+: No such file or directory[^\n]*\n$/);
      const log = join(fresh(), 'log');
      const text = `const { status, stderr } = require('child_process').spawnSync(process.execPath, ['-e', ''], { env: { PERMIT_OPTIONS: ${JSON.stringify(`--audit-log=${log}`)} } });
        console.log(JSON.stringify([status, String(stderr)]))`;
      const [status, said] = report(held(node, ['--allow-child-process'], ['-e', text]));
      assert.deepEqual([status, said], [9, `permit: --audit-log: ${log}: the parent process may not write there\n`]);
      assert.equal(existsSync(log), false);
    });

    it('who asked is found although the program replaces what errors are made of', () => {
      const place = fresh();
      const [main, log] = ['main.js', 'log'].map((name) => join(place, name));
      writeFileSync(join(place, 'package.json'), '{"name":"replaces"}');
      writeFileSync(main, `let called = 0; Error.prepareStackTrace = () => { called++; return 'x' }; Error.stackTraceLimit = 0;
        Object.prototype.get = 1; String.prototype.startsWith = Array.prototype.find = null;
        try { require('fs').statSync('/etc/passwd') } catch {}
        console.log(JSON.stringify([called, Error.stackTraceLimit, Error.prepareStackTrace()]))`);
      assert.deepEqual(report(held(node, [`--audit-log=${log}`], [main])), [0, 0, 'x']);
      assert.deepEqual(recordsOf(log).map(({ value, package: name }) => [value, name]), [['/etc/passwd', 'replaces']]);
    });
  });
}
