// Who asked: the package in a record, for what is asked at once and for what Node does later, and the stack of it.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, ROOT, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const put = (at, text) => {
  const path = join(folder, at);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
  return path;
};
/** A package with one file. */
const put_package = (at, name, text, file = 'index.js') => {
  put(join(at, 'package.json'), { name, main: file });
  return put(join(at, file), text);
};
const records = ({ stderr }) => stderr.split('\n').filter((line) => line.startsWith('{"v":1')).map((line) => JSON.parse(line)).filter(({ scope }) => scope !== '');
/** The packages of the records, by what was asked for. */
const packages = (result) => Object.fromEntries(records(result).map(({ value, package: name }) => [value, name]));
const reads = (path) => `require('fs').readFileSync(${JSON.stringify(path)})`;
const tries = (code) => `try { ${code} } catch (error) { if (error.code !== 'ERR_ACCESS_DENIED') throw error; }`;
const LOG = '--audit-log=stderr';

put('app/package.json', { name: 'the-app' });
for (const name of ['dials', 'also']) put_package(`app/node_modules/${name}`, name, `module.exports = (call) => eval(call);`);

describe('a file belongs to a package', () => {
  const NODE = NODES.at(-1);
  const secret = (name) => `/nowhere/${name}`;
  const asks = (name) => tries(reads(secret(name)));
  const run = (main, ...args) => packages(held(NODE, [`--allow-fs-read=${folder}`, LOG], [main, ...args]));

  it('of its own, of its scope, of the packages in packages, and of what a file only says of its kind', () => {
    put_package('plain/node_modules/one', 'one', `${asks('one')} require('two'); require('./esm/x.js')`);
    put('plain/node_modules/one/esm/package.json', { name: 'not-this' });
    put('plain/node_modules/one/esm/x.js', asks('esm'));
    put_package('plain/node_modules/one/node_modules/two', 'two', asks('two'));
    put_package('plain/node_modules/@scope/three', '@scope/three', asks('three'));
    put_package('plain/node_modules/alias', 'real', asks('alias'));
    put('plain/package.json', { name: 'plain' });
    put('plain/dist/package.json', { type: 'commonjs' });
    put('plain/dist/bundle.js', `(() => { const modules = { 1() { ${asks('bundle')} } }; modules[1](); })()`);
    const main = put('plain/main.js', `for (const name of ['one', '@scope/three', 'alias', './dist/bundle.js']) require(name); ${asks('main')}`);
    assert.deepEqual(run(main), {
      [secret('one')]: 'one', [secret('two')]: 'two', [secret('esm')]: 'one', [secret('three')]: '@scope/three', [secret('alias')]: 'real',
      [secret('bundle')]: 'plain', [secret('main')]: 'plain',
    });
  });

  it('behind the links of pnpm', () => {
    const store = 'pnpm/node_modules/.pnpm';
    put_package(`${store}/a@1.0.0/node_modules/a`, 'a', `${asks('a')} require('b')`);
    put_package(`${store}/b@2.0.0/node_modules/b`, 'b', asks('b'));
    symlinkSync('.pnpm/a@1.0.0/node_modules/a', join(folder, 'pnpm/node_modules/a'));
    symlinkSync('../../b@2.0.0/node_modules/b', join(folder, store, 'a@1.0.0/node_modules/b'));
    put('pnpm/package.json', { name: 'workspace' });
    assert.deepEqual(run(put('pnpm/main.js', `require('a'); ${asks('main')}`)), {
      [secret('a')]: 'a', [secret('b')]: 'b', [secret('main')]: 'workspace',
    });
  });

  it('of ES modules, by URLs with escapes and questions', () => {
    const name = 'a b%20é#?';
    put(`${name}/package.json`, { name: 'spaced' });
    put(`${name}/decoy/package.json`, { name: 'decoy' });
    const text = (value) => `import { readFileSync } from 'node:fs'; try { readFileSync('${secret(value)}') } catch {}`;
    const other = put(`${name}/decoy/y.mjs`, text('y'));
    const main = put(`${name}/x.mjs`, `${text('x')} await import(${JSON.stringify(`${pathToFileURL(other)}?a=/b/c#/d`)});`);
    assert.deepEqual(run(main), { [secret('x')]: 'spaced', [secret('y')]: 'decoy' });
  });

  it('of evaluated code, by where it was evaluated, and not by what it calls itself', () => {
    const later = (name) => `(fs) => fs.readFile('${secret(name)}', () => {})`;
    put_package('eval/node_modules/makes', 'makes', `exports.eval = eval(\`${later('eval')}\`); exports.Function = new Function('fs', \`fs.readFile('${secret('Function')}', () => {})\`);
      exports.nested = eval("eval(\\"${later('nested')}\\")"); exports.named = eval(\`${later('named')}\\n//# sourceURL=${folder}/eval/x.js\`);`);
    put('eval/package.json', { name: 'calls' });
    // Node alone calls them.
    const main = put('eval/main.js', `const made = require('makes'); for (const name of Object.keys(made)) setTimeout(made[name], 1, require('fs')); eval(\`${asks('at once')}\`);`);
    assert.deepEqual(run(main), {
      [secret('eval')]: 'makes', [secret('Function')]: 'makes', [secret('nested')]: 'makes', [secret('named')]: null, [secret('at once')]: 'calls',
    });
  });

  it('or to none that can be told', () => {
    const main = put('nobody/main.js', `setTimeout(require('fs').readFile, 1, '${secret('timer')}', () => {});`);
    assert.deepEqual(run(main), { [secret('timer')]: null });
    assert.deepEqual(packages(held(NODE, [LOG], ['-e', asks('text')], { cwd: '/' })), { [secret('text')]: null });
  });
});

// What Node does when the one who asked is no longer on the stack. Each has a port or a name of its own.
const LATER = {
  'net.connect to an address': `net.connect(PORT, '127.0.0.1').on('error', silent)`,
  'net.connect to a name': `net.connect(PORT, 'localhost').on('error', silent)`,
  'net.connect with a lookup of somebody else': `net.connect({ port: PORT, host: 'x.test', lookup: also("(host, options, done) => setImmediate(() => options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4))") }).on('error', silent)`,
  'tls.connect': `tls.connect(PORT, 'localhost').on('error', silent)`,
  'http.get': `http.get({ host: 'localhost', port: PORT }).on('error', silent)`,
  'https.get': `https.get({ host: '127.0.0.1', port: PORT }).on('error', silent)`,
  'http2.connect': `http2.connect('http://localhost:PORT').on('error', silent)`,
  fetch: `fetch('http://127.0.0.1:PORT').catch(silent)`,
  'fetch from a timer': `setTimeout(() => fetch('http://localhost:PORT').catch(silent), 1)`,
  'dgram.send to an address': `udp().send('x', PORT, '127.0.0.1', silent)`,
  'dgram.send to a name': `udp().send('x', PORT, 'localhost', silent)`,
  'dgram.connect': `udp().connect(PORT, '127.0.0.1', silent)`,
  'fs.createReadStream': `fs.createReadStream('/nowhere/PORT').on('error', silent)`,
  'new fs.ReadStream': `new fs.ReadStream('/nowhere/PORT').on('error', silent)`,
  'fs.createWriteStream': `fs.createWriteStream('/nowhere/PORT').on('error', silent)`,
  'fs.createWriteStream to append': `fs.createWriteStream('/nowhere/PORT', { flags: 'a+' }).on('error', silent)`,
  'fs.promises without await': `void fs.promises.readFile('/nowhere/PORT').catch(silent)`,
  'fs.promises one after the other': `fs.promises.stat(__dirname).then(() => fs.promises.readFile('/nowhere/PORT')).catch(silent)`,
  'dns.promises.resolve': `dns.promises.resolve4('PORT.test').catch(silent)`,
};
/** A body makes `fetch` connect later, and only the newer Nodes carry along who called. */
const WITH_CONTEXT = {
  'fetch with a body': `fetch('http://127.0.0.1:PORT', { method: 'POST', body: 'x' }).catch(silent)`,
  'fetch of a Request': `fetch(new Request('http://127.0.0.1:PORT', { method: 'POST', body: 'x' })).catch(silent)`,
};
/** In an audit, what happens after a call that would have been refused. */
const LISTENING = {
  'server.listen': `net.createServer().listen(PORT, '127.0.0.1', function () { this.close(); }).on('error', silent)`,
  'server.listen at a name': `http.createServer().listen(PORT, 'localhost', function () { this.close(); }).on('error', silent)`,
  'socket.bind': `udp().bind(PORT, '127.0.0.1', silent)`,
};

put_package('app/node_modules/later', 'later', `
  const [dgram, dns, fs, http, https, http2, net, tls] = ['dgram', 'dns', 'fs', 'http', 'https', 'http2', 'net', 'tls'].map(require);
  const also = require('also');
  const silent = () => {};
  const udp = () => { const socket = dgram.createSocket('udp4').on('error', silent); setTimeout(() => socket.close(), 300); return socket; };
  module.exports = (call) => eval(call);`);
const main = put('app/main.js', `const calls = JSON.parse(process.argv[2]); for (const [who, call] of calls) require(who)(call);`);

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const run = (calls, flags) => {
      const numbered = Object.keys(calls).map((name, at) => [name, 20_000 + at, calls[name].replaceAll('PORT', String(20_000 + at))]);
      const result = held(node, [...flags, LOG], [main, JSON.stringify(numbered.map(([, , call]) => ['later', call]))]);
      assert.equal(result.status, 0, result.stderr);
      const found = records(result);
      return Object.fromEntries(numbered.map(([name, port]) => {
        const own = found.filter(({ value }) => value.includes(String(port)));
        return [name, [...new Set(own.map(({ package: who }) => who))].join()];
      }));
    };
    const all = (calls, who) => Object.fromEntries(Object.keys(calls).map((name) => [name, who]));

    it('what Node does later has the package that asked for it, enforced and in audit', () => {
      const calls = node.major >= 24 ? { ...LATER, ...WITH_CONTEXT } : LATER;
      assert.deepEqual(run(calls, [`--allow-fs-read=${folder}`, '--allow-net-resolve=localhost,x.test', '--allow-net-listen=:0']), all(calls, 'later'));
      assert.deepEqual(run({ ...calls, ...LISTENING }, ['--permission-audit']), all({ ...calls, ...LISTENING }, 'later'));
    });

    it('a wrong package is worse than none', () => {
      const shared = `const socket = require('dgram').createSocket('udp4').on('error', () => {});
        require('dials')('(socket, port) => socket.send("x", port, "127.0.0.1", () => {})')(socket, 21001);
        require('also')('(socket, port) => socket.send("x", port, "127.0.0.1", () => {})')(socket, 21002);
        setTimeout(() => socket.close(), 300);`;
      const again = `const net = require('net'); const socket = new net.Socket().on('error', () => {});
        require('dials')('(socket, port) => socket.connect(port, "127.0.0.1")')(socket, 21003);
        socket.once('close', () => require('also')('(socket, port) => socket.connect(port, "127.0.0.1")')(socket, 21004));
        socket.once('close', () => socket.once('close', () => setTimeout(net.Socket.prototype.connect.bind(socket), 1, 21005, '127.0.0.1')));`;
      const result = held(node, [`--allow-fs-read=${folder}`, '--allow-net-listen=:0', LOG], [put('app/shared.js', `{ ${shared} } ${again}`)]);
      const found = packages(result);
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(found, {
        '127.0.0.1:21001': null, '127.0.0.1:21002': null, '127.0.0.1:21003': 'dials', '127.0.0.1:21004': 'also', '127.0.0.1:21005': null,
      });
    });

    it('clients of the registry are named, and not the program that uses them', () => {
      const at = (name) => JSON.stringify(join(ROOT, 'node_modules', name));
      const text = `const silent = () => {}; process.on('unhandledRejection', silent);
        const { Client } = require(${at('pg')}); new Client({ host: '127.0.0.1', port: 22001 }).on('error', silent).connect().catch(silent);
        const { createClient } = require(${at('redis')}); const redis = createClient({ socket: { host: '127.0.0.1', port: 22002, reconnectStrategy: false } }).on('error', silent); redis.connect().catch(silent);
        require(${at('undici')}).request('http://127.0.0.1:22003', { method: 'POST', body: 'x' }).catch(silent);
        const WebSocket = require(${at('ws')}); new WebSocket('ws://127.0.0.1:22004').on('error', silent);
        require(${at('node-fetch')})('http://127.0.0.1:22005').catch(silent);`;
      const result = held(node, ['--allow-fs-read=*', LOG], [put('app/clients.js', text)]);
      const found = packages(result);
      const wanted = { 22001: 'pg', 22002: '@redis/client', 22003: 'undici', 22004: 'ws', 22005: 'node-fetch' };
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((port) => [port, found[`127.0.0.1:${port}`]])), wanted, result.stderr);
    });

    it('it is found although the program replaces what it can', () => {
      const text = `const hear = () => undefined;
        const { connect } = require('net'); const { createReadStream } = require('fs');
        const kept = ['constructor', 'arguments', 'caller', 'length', 'push', 'shift', 'slice', 'call', 'apply', 'bind', 'charCodeAt', 'toString'];
        const replaced = [WeakMap, Map, Array, String, Function].flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype).filter((name) => !kept.includes(name)).map((name) => [prototype, name]));
        for (let at = 0; at < replaced.length; at++) replaced[at][0][replaced[at][1]] = hear;
        Error.prepareStackTrace = hear; Error.stackTraceLimit = 0; Reflect.apply = Object.defineProperty = hear;
        connect(23001, '127.0.0.1').on('error', () => {}); createReadStream('/nowhere/23002').on('error', () => {});`;
      const found = packages(held(node, [`--allow-fs-read=${folder}`, LOG], [put('app/replaced.js', text)]));
      assert.deepEqual(found, { '127.0.0.1:23001': 'the-app', '/nowhere/23002': 'the-app' });
    });

    it('a program that puts another Error in its place is asked nothing', () => {
      const text = `let called = 0; class Other { static prepareStackTrace() { called++; return { file: '/forged/x.js' }; } } globalThis.Error = Other;
        try { require('fs').readFileSync('/nowhere/x') } catch {} console.log(JSON.stringify(called))`;
      const result = held(node, [`--allow-fs-read=${folder}`, LOG, '--audit-stack'], [put('app/error.js', text)]);
      assert.equal(report(result), 0);
      assert.deepEqual(packages(result), { '/nowhere/x': null });
    });

    it('without a log nothing is noted', () => {
      const text = `const fs = require('fs'); console.log(JSON.stringify([
        typeof Object.getOwnPropertyDescriptor(fs.ReadStream.prototype, '_construct').value,
        /permit|behalf|wants/.test(require('net').Socket.prototype.connect + fetch)]))`;
      const shown = (flags) => report(held(node, [`--allow-fs-read=${folder}`, ...flags], [put('app/shown.js', text)]));
      assert.deepEqual(shown([]), ['function', false]);
      assert.deepEqual(shown([LOG]), ['undefined', true]);
    });

    describe('a stack', () => {
      const ask = put_package('app/node_modules/asks', 'asks', `const fs = require('fs');
exports.read = function read(path) { try { fs.readFileSync(path) } catch {} };
exports.dial = function dial(port) { require('net').connect(port, '127.0.0.1').on('error', () => {}) };
exports.deep = (depth, path) => depth === 0 ? exports.read(path) : exports.deep(depth - 1, path);`);
      const text = `const asks = require('asks'); function main() { asks.read('/nowhere/a'); asks.read('/nowhere/a'); asks.dial(24001); asks.deep(100, '/nowhere/b'); } main();
        (function other() { asks.read('/nowhere/a') })();`;
      const program = put('app/stack.js', text);
      const stacks = (flags, env = {}) => records(held(node, [], [program], { env: { PERMIT_OPTIONS: options([`--allow-fs-read=${folder}`, ...flags]), ...env } }));

      it('is that of the first call, the function of Node and the frames of the program, 16 at most', () => {
        const found = stacks([LOG, '--audit-stack']);
        assert.deepEqual(found.map(({ value, count }) => [value, count]), [['/nowhere/a', 3], ['/nowhere/b', 1], ['127.0.0.1:24001', 1]]);
        const [a, b, dial] = found.map(({ stack }) => stack);
        assert.match(a[0], /^(Object\.)?readFileSync \(node:fs:\d+:\d+\)$/);
        assert.match(a[1], /^(Object|exports)\.read \(\S+asks\/index\.js:2:\d+\)$/);
        assert.match(a[2], /^main \(\S+stack\.js:1:\d+\)$/);
        assert.match(a[3], /^Object\.<anonymous> \(\S+stack\.js:1:\d+\)$/);
        assert.equal(a.length, 4);
        assert.equal(b.length, 16);
        assert.ok(b.slice(1).every((frame) => frame.includes(ask)), b.join('\n'));
        // It is noted when the connection is asked for.
        assert.ok(dial.some((frame) => /dial \(/.test(frame)) && dial.some((frame) => /^main \(/.test(frame)), dial.join('\n'));
        assert.ok(found.every(({ stack }) => stack.every((frame) => !frame.includes('permit:'))));
      });

      it('is there only if it is asked for', () => {
        assert.ok(stacks([LOG]).every((record) => !('stack' in record)));
      });

      it('runs no code of the program', () => {
        const spy = `let called = 0; const hear = () => { called++; return 'x'; };
          Error.prepareStackTrace = hear; process.setSourceMapsEnabled(true);
          class Thing { get [Symbol.toStringTag]() { called++; return 'x'; } get read() { called++; return 1; } ask() { try { require('fs').readFileSync('/nowhere/a') } catch (error) { void error.code; } } }
          const before = called; new Thing().ask(); const refused = called - before;
          console.log(JSON.stringify(refused))`;
        const result = held(node, [`--allow-fs-read=${folder}`, LOG, '--audit-stack'], [put('app/spy.js', spy)]);
        assert.equal(report(result), 0);
        assert.match(records(result)[0].stack[1], /\bask \(/);
      });

      it('is there in workers and children too, and by a key of the policy file', () => {
        const config = put('app/policy.json', { permission: { 'allow-fs-read': folder, 'allow-worker': true, 'allow-child-process': true, 'audit-log': './logs.jsonl', 'audit-stack': true } });
        const everywhere = put('app/everywhere.js', `require('asks').read('/nowhere/here'); if (!process.argv[2]) {
          new (require('worker_threads').Worker)(__filename, { argv: ['worker'] }); require('child_process').execFileSync(process.execPath, [__filename, 'child'], { env: {} }); }`);
        const env = { PERMIT_OPTIONS: options([`--audit-log=stderr`]), PERMIT_CONFIG: config };
        const found = records(held(node, [], [everywhere], { env, cwd: FIXTURES }));
        assert.deepEqual(new Set(found.map(({ pid }) => pid)).size, 2);
        assert.deepEqual(found.map(({ thread }) => thread).toSorted(), [0, 0, 1]);
        for (const { stack } of found) assert.ok(stack.some((frame) => frame.includes('everywhere.js')), String(stack));
      });
    });
  });
}
