// Who asked: the package in a record, for what is asked at once and for what Node does later, and
// the stack of it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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
/** The text of a program of the fixtures. */
const fixture = (name) => readFileSync(join(FIXTURES, 'attribution', name), 'utf8');
/** Puts a program of the fixtures into the application. */
const program = (name) => put(join('app', name), fixture(name));
/** A package with one file. */
const put_package = (at, name, text, file = 'index.js') => {
  put(join(at, 'package.json'), { name, main: file });
  return put(join(at, file), text);
};
const records = ({ stderr }) =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{"v":1'))
    .map((line) => JSON.parse(line))
    .filter(({ scope }) => scope !== '');
/** The packages of the records, by what was asked for. */
const packages = (result) => Object.fromEntries(records(result).map(({ value, package: name }) => [value, name]));
const reads = (path) => `require('fs').readFileSync(${JSON.stringify(path)})`;
const tries = (code) => `try { ${code} } catch (error) { if (error.code !== 'ERR_ACCESS_DENIED') throw error; }`;
const LOG = '--audit-log=stderr';

put('app/package.json', { name: 'the-app' });
for (const name of ['dials', 'also'])
  put_package(`app/node_modules/${name}`, name, `module.exports = (call) => eval(call);`);

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
    const main = put(
      'plain/main.js',
      `for (const name of ['one', '@scope/three', 'alias', './dist/bundle.js']) require(name); ${asks('main')}`,
    );
    assert.deepEqual(run(main), {
      [secret('one')]: 'one',
      [secret('two')]: 'two',
      [secret('esm')]: 'one',
      [secret('three')]: '@scope/three',
      [secret('alias')]: 'real',
      [secret('bundle')]: 'plain',
      [secret('main')]: 'plain',
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
      [secret('a')]: 'a',
      [secret('b')]: 'b',
      [secret('main')]: 'workspace',
    });
  });

  it('of ES modules, by URLs with escapes and questions', () => {
    const name = 'a b%20é#?';
    put(`${name}/package.json`, { name: 'spaced' });
    put(`${name}/decoy/package.json`, { name: 'decoy' });
    const text = (value) => `import { readFileSync } from 'node:fs'; try { readFileSync('${secret(value)}') } catch {}`;
    const other = put(`${name}/decoy/y.mjs`, text('y'));
    const main = put(
      `${name}/x.mjs`,
      `${text('x')} await import(${JSON.stringify(`${pathToFileURL(other)}?a=/b/c#/d`)});`,
    );
    assert.deepEqual(run(main), { [secret('x')]: 'spaced', [secret('y')]: 'decoy' });
  });

  it('of evaluated code, by where it was evaluated, and not by what it calls itself', () => {
    put_package('eval/node_modules/makes', 'makes', fixture('makes.js'));
    put('eval/package.json', { name: 'calls' });
    const main = put('eval/main.js', fixture('calls-later.js'));
    assert.deepEqual(run(main), {
      [secret('eval')]: 'makes',
      [secret('Function')]: 'makes',
      [secret('nested')]: 'makes',
      [secret('named')]: null,
      [secret('at once')]: 'calls',
    });
  });

  it('or to none that can be told', () => {
    const main = put('nobody/main.js', `setTimeout(require('fs').readFile, 1, '${secret('timer')}', () => {});`);
    assert.deepEqual(run(main), { [secret('timer')]: null });
    assert.deepEqual(packages(held(NODE, [LOG], ['-e', asks('text')], { cwd: '/' })), { [secret('text')]: null });
  });
});

// What Node does when the one who asked is no longer on the stack. Each has a port or a name of its
// own.
const LATER = {
  'net.connect to an address': `net.connect(PORT, '127.0.0.1').on('error', silent)`,
  'net.connect to a name': `net.connect(PORT, 'localhost').on('error', silent)`,
  'net.connect with a lookup of somebody else': `net.connect({ port: PORT, host: 'x.test', lookup }).on('error', silent)`,
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

put_package('app/node_modules/later', 'later', fixture('later.js'));
const main = program('main.js');

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const run = (calls, flags) => {
      const numbered = Object.keys(calls).map((name, at) => [
        name,
        20_000 + at,
        calls[name].replaceAll('PORT', String(20_000 + at)),
      ]);
      const result = held(node, [...flags, LOG], [main, JSON.stringify(numbered.map(([, , call]) => ['later', call]))]);
      assert.equal(result.status, 0, result.stderr);
      const found = records(result);
      return Object.fromEntries(
        numbered.map(([name, port]) => {
          const own = found.filter(({ value }) => value.includes(String(port)));
          return [name, [...new Set(own.map(({ package: who }) => who))].join()];
        }),
      );
    };
    const all = (calls, who) => Object.fromEntries(Object.keys(calls).map((name) => [name, who]));

    it('what Node does later has the package that asked for it, enforced and in audit', () => {
      const calls = node.major >= 24 ? { ...LATER, ...WITH_CONTEXT } : LATER;
      assert.deepEqual(
        run(calls, [`--allow-fs-read=${folder}`, '--allow-net-resolve=localhost,x.test', '--allow-net-listen=:0']),
        all(calls, 'later'),
      );
      assert.deepEqual(
        run({ ...calls, ...LISTENING }, ['--permission-audit']),
        all({ ...calls, ...LISTENING }, 'later'),
      );
    });

    it('a wrong package is worse than none', () => {
      const result = held(node, [`--allow-fs-read=${folder}`, '--allow-net-listen=:0', LOG], [program('shared.js')]);
      const found = packages(result);
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(found, {
        '127.0.0.1:21001': null,
        '127.0.0.1:21002': null,
        '127.0.0.1:21003': 'dials',
        '127.0.0.1:21004': 'also',
        '127.0.0.1:21005': null,
      });
    });

    it('clients of the registry are named, and not the program that uses them', () => {
      const result = held(node, ['--allow-fs-read=*', LOG], [program('clients.js'), ROOT]);
      const found = packages(result);
      const wanted = { 22001: 'pg', 22002: '@redis/client', 22003: 'undici', 22004: 'ws', 22005: 'node-fetch' };
      assert.deepEqual(
        Object.fromEntries(Object.keys(wanted).map((port) => [port, found[`127.0.0.1:${port}`]])),
        wanted,
        result.stderr,
      );
    });

    it('it is found although the program replaces what it can', () => {
      const found = packages(held(node, [`--allow-fs-read=${folder}`, LOG], [program('replaces.js')]));
      assert.deepEqual(found, { '127.0.0.1:23001': 'the-app', '/nowhere/23002': 'the-app' });
    });

    it('a program that puts another Error in its place is asked nothing', () => {
      const result = held(node, [`--allow-fs-read=${folder}`, LOG, '--audit-stack'], [program('another-error.js')]);
      assert.equal(report(result), 0);
      assert.deepEqual(packages(result), { '/nowhere/x': null });
    });

    it('without a log nothing is noted', () => {
      const shown = (flags) => report(held(node, [`--allow-fs-read=${folder}`, ...flags], [program('shown.js')]));
      assert.deepEqual(shown([]), ['function', false]);
      assert.deepEqual(shown([LOG]), ['undefined', true]);
    });

    describe('a stack', () => {
      const ask = put_package('app/node_modules/asks', 'asks', fixture('asks.js'));
      const asking = program('stack.js');
      const stacks = (flags, env = {}) =>
        records(
          held(node, [], [asking], {
            env: { PERMIT_OPTIONS: options([`--allow-fs-read=${folder}`, ...flags]), ...env },
          }),
        );

      it('is that of the first call, the function of Node and the frames of the program, 16 at most', () => {
        const found = stacks([LOG, '--audit-stack']);
        assert.deepEqual(
          found.map(({ value, count }) => [value, count]),
          [
            ['/nowhere/a', 3],
            ['/nowhere/b', 1],
            ['127.0.0.1:24001', 1],
          ],
        );
        const [a, b, dial] = found.map(({ stack }) => stack);
        assert.match(a[0], /^(Object\.)?readFileSync \(node:fs:\d+:\d+\)$/);
        assert.match(a[1], /^(Object|exports)\.read \(\S+asks\/index\.js:4:\d+\)$/);
        assert.match(a[2], /^main \(\S+stack\.js:4:\d+\)$/);
        assert.match(a[3], /^Object\.<anonymous> \(\S+stack\.js:9:\d+\)$/);
        assert.equal(a.length, 4);
        assert.equal(b.length, 16);
        assert.ok(
          b.slice(1).every((frame) => frame.includes(ask)),
          b.join('\n'),
        );
        // It is noted when the connection is asked for.
        assert.ok(
          dial.some((frame) => /dial \(/.test(frame)) && dial.some((frame) => /^main \(/.test(frame)),
          dial.join('\n'),
        );
        assert.ok(found.every(({ stack }) => stack.every((frame) => !frame.includes('permit:'))));
      });

      it('is there only if it is asked for', () => {
        assert.ok(stacks([LOG]).every((record) => !('stack' in record)));
      });

      it('runs no code of the program', () => {
        const result = held(node, [`--allow-fs-read=${folder}`, LOG, '--audit-stack'], [program('spy.js')]);
        assert.equal(report(result), 0);
        assert.match(records(result)[0].stack[1], /\bask \(/);
      });

      it('is there in workers and children too, and by a key of the policy file', () => {
        const config = put('app/policy.json', {
          permission: {
            'allow-fs-read': folder,
            'allow-worker': true,
            'allow-child-process': true,
            'audit-log': './logs.jsonl',
            'audit-stack': true,
          },
        });
        const everywhere = program('everywhere.js');
        const env = { PERMIT_OPTIONS: options([`--audit-log=stderr`]), PERMIT_CONFIG: config };
        const found = records(held(node, [], [everywhere], { env, cwd: FIXTURES }));
        assert.deepEqual(new Set(found.map(({ pid }) => pid)).size, 2);
        assert.deepEqual(found.map(({ thread }) => thread).toSorted(), [0, 0, 1]);
        for (const { stack } of found)
          assert.ok(
            stack.some((frame) => frame.includes('everywhere.js')),
            String(stack),
          );
      });
    });
  });
}
