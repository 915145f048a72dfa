// Native code and what is as strong: addons, FFI, WASI, the inspector, OpenSSL engines and stores,
// SQLite, and the parts of the runtime that write files by themselves (reports, snapshots, traces,
// compile cache).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { createRequire } from 'node:module';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { NODES, SERVICE_NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, bare, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'native-code');
const folder = scratch();
const READ = [`--allow-fs-read=${here}`];
const ADDON = `--allow-fs-read=${join(folder, 'some.node')}`;
const run = (node, flags, fixture, ...args) => report(held(node, [...READ, ...flags], [join(here, fixture), ...args]));
const inFolder = (name) => {
  const made = mkdtempSync(join(folder, `${name}-`));
  return made;
};

// Any addon will do; the linter brings one along.
const addon = join(folder, 'some.node');
copyFileSync(
  createRequire(join(ROOT, 'package.json')).resolve(`@oxlint/binding-${process.platform}-${process.arch}-gnu`),
  addon,
);

/**
 * Starts a program that waits for a debugger, is the debugger that says "go on", and gives what
 * became of it.
 */
async function debugged(node, args, env) {
  const child = spawn(node.path, args, { env: cleanEnv(env) });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  const url = await new Promise((resolve) => {
    child.stderr.on('data', (part) => {
      stderr += part;
      const found = stderr.match(/ws:\/\/127\.0\.0\.1:(\d+)(\/\S+)/);
      if (found) resolve(found);
    });
    child.on('exit', () => resolve(null));
  });
  if (url) {
    const socket = net.connect(Number(url[1]), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET ${url[2]} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    const say = (...methods) =>
      methods.forEach((method) => {
        const text = Buffer.from(JSON.stringify({ id: 1, method }));
        socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
      });
    // A program that is paused goes on when it is told to after it has stopped: told before, it
    // stays where it is.
    let said = '';
    socket.once('data', () => say('Runtime.enable', 'Debugger.enable'));
    // Node forgets what it was told before it began to wait.
    const asking = setInterval(() => say('Runtime.runIfWaitingForDebugger'), 100);
    socket.on('close', () => clearInterval(asking));
    socket.on('data', (part) => {
      said += part;
      if (!said.includes('"Debugger.paused"')) return;
      said = '';
      say('Debugger.resume');
    });
    setTimeout(() => socket.destroy(), 1500).unref();
  }
  const [status, signal] = await ended;
  clearTimeout(timer);
  return { status, signal, stdout, stderr };
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    describe('without a grant', () => {
      let found;
      before(() => {
        const flags = node.major >= 26 ? ['--experimental-ffi', '--no-warnings'] : ['--no-warnings'];
        found = report(held(node, [...READ, ADDON], [...flags, join(here, 'refused.js'), addon]));
      });
      const refused = (name, permission, resource) => {
        const outcome = found[name];
        assert.equal(outcome?.code, 'ERR_ACCESS_DENIED', `${name} ${JSON.stringify(outcome)}`);
        if (permission !== undefined) assert.equal(outcome.permission, permission, name);
        if (resource !== undefined) assert.equal(outcome.resource, resource, name);
      };
      for (const name of [
        'require(.node)',
        'process.dlopen',
        'process.dlopen with flags',
        "Module._extensions['.node']",
      ]) {
        it(`${name} is refused and names the file`, () => refused(name, 'Addon', addon));
      }
      it('process.dlopen of an object loads nothing', () =>
        assert.notEqual(found['process.dlopen of an object'].via, 'ok'));
      it('process.binding is refused, also a kept one', () => {
        for (const name of ['process.binding', 'process.binding, kept', 'process.binding, called']) {
          refused(name);
          assert.equal(found[name].message, 'process.binding');
        }
      });
      it('process._linkedBinding is refused and names the binding', () =>
        refused('process._linkedBinding', 'Addon', 'anything'));
      it('WASI is refused', () => refused('new WASI', 'WASI'));
      it('the inspector is refused', () => {
        refused('inspector.open', 'Inspector', 'StartIoThread');
        for (const name of ['Session.connect', 'Session.connect borrowed', 'promises Session.connect'])
          refused(name, 'Inspector', 'Connect');
        assert.equal(found['inspector.url'].value, 'undefined');
      });
      it('no OpenSSL engine is loaded by any way', () => {
        const names = Object.keys(found).filter((name) => /engine/i.test(name));
        assert.ok(names.length >= 10, names.join());
        const loaded = names.filter(
          (name) =>
            found[name].code !== 'ERR_ACCESS_DENIED' && found[name].code !== 'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED',
        );
        assert.deepEqual(
          loaded.map((name) => `${name}: ${found[name].code} ${found[name].message ?? ''}`),
          [],
        );
      });
      it('every function of node:ffi is refused', { skip: node.major < 26 }, () => {
        assert.ok(Object.keys(found.ffi).length > 20);
        assert.deepEqual(
          Object.entries(found.ffi).filter(([name, told]) => told !== 'FFI' && name !== 'suffix'),
          [],
        );
      });
    });

    describe('with a grant', () => {
      it('an addon loads', () => {
        assert.equal(run(node, [ADDON, '--allow-addons'], 'granted.js', 'addon', addon).value, 'object');
        assert.equal(run(node, [ADDON, '--allow-addons'], 'granted.js', 'addon, dlopen', addon).value, 'object');
      });
      it('only a listed addon loads', () => {
        assert.equal(run(node, [ADDON, `--allow-addons=${addon}`], 'granted.js', 'addon', addon).value, 'object');
        const other = run(node, [ADDON, `--allow-addons=${join(folder, 'other.node')}`], 'granted.js', 'addon', addon);
        assert.deepEqual(other, { code: 'ERR_ACCESS_DENIED', permission: 'Addon', resource: addon });
      });
      it('an addon does not load after the grant was dropped', () => {
        assert.deepEqual(run(node, [ADDON, '--allow-addons'], 'granted.js', 'after a drop', addon), {
          code: 'ERR_ACCESS_DENIED',
          permission: 'Addon',
          resource: addon,
        });
      });
      it('WASI works', () => assert.equal(run(node, ['--allow-wasi'], 'granted.js', 'wasi').value, 'object'));
      it('the inspector works', () =>
        assert.equal(run(node, ['--allow-inspector'], 'granted.js', 'inspector').value, 2));
      it('FFI works', { skip: node.major < 26 }, () => {
        const result = held(
          node,
          [...READ, '--allow-ffi'],
          ['--experimental-ffi', '--no-warnings', join(here, 'granted.js'), 'ffi'],
        );
        assert.equal(report(result).value, 'function');
      });
    });

    it('WASI opens only directories that are granted whole', () => {
      const [granted, denied] = [inFolder('granted'), inFolder('denied')];
      const flags = ['--allow-wasi', `--allow-fs-read=${granted}`, `--allow-fs-write=${granted}`];
      const { none, granted: yes, ...rest } = run(node, flags, 'wasi.js', granted, denied);
      assert.deepEqual([none, yes], ['ok', 'ok']);
      const opened = Object.entries(rest).filter(([name, told]) => told === 'ok' && name !== 'an accessor');
      assert.deepEqual(opened, []);
    });

    describe('the streams of WASI', () => {
      let told;
      before(() => {
        const place = inFolder('streams');
        const flags = [...READ, '--allow-wasi', `--allow-fs-read=${place}`, `--allow-fs-write=${place}`];
        told = report(held(node, flags, ['--expose-gc', join(here, 'wasi-streams.js'), place]));
      });
      it('stay what they were when the program closes its own numbers', () => {
        assert.deepEqual(told.reused && told.read, 'what it reads');
        assert.deepEqual(told.written, [9, 9]);
        assert.deepEqual(told.files, ['to stdout', 'to stderr', '']);
      });
      it('are closed and moved by the guest that has them', () => {
        assert.deepEqual(told.closed, [0, -8, '', null]);
        assert.deepEqual([...told.moved, told.out], [0, 6, -8, 'to stdout again']);
      });
      it('are refused by WASI as without permit', () => {
        assert.deepEqual(told.missing, { code: 'UVWASI_EBADF', message: 'UVWASI_EBADF, uvwasi_init' });
        assert.deepEqual(told.arguments, Array.from({ length: 3 }).fill('ERR_INVALID_ARG_TYPE'));
        assert.equal(told.strings, 'function');
      });
      it('are given up when the object has been collected', () => {
        assert.deepEqual(told.many, { most: true, left: true });
      });
    });

    describe('the inspector', () => {
      const listening = (result) => /Debugger listening/.test(result.stderr);
      it('that --inspect opened is closed', () => {
        const result = held(node, READ, ['--inspect=0', join(here, 'alive.js')]);
        assert.deepEqual(report(result), { ran: true });
      });
      it('stays open when it is granted', () => {
        assert.match(run(node, ['--allow-inspector'], 'alive.js').url ?? 'none', /none/);
        const result = held(node, [...READ, '--allow-inspector'], ['--inspect=0', join(here, 'alive.js')]);
        assert.match(report(result).url, /^ws:/);
      });
      for (const flag of ['--inspect-brk=0', '--inspect_brk=0']) {
        it(`${flag} does not run the program`, async () => {
          const result = await debugged(node, [flag, '-r', PRELOAD, join(here, 'alive.js')], {
            PERMIT_OPTIONS: options(READ),
          });
          assert.equal(result.stdout, '');
          assert.equal(result.status, 9, JSON.stringify(result));
          assert.match(result.stderr, /permit: .*--inspect-brk/);
        });
      }
      it('--inspect-wait leaves no inspector to the program', { skip: node.major < 22 }, async () => {
        const result = await debugged(node, ['--inspect-wait=0', '-r', PRELOAD, join(here, 'alive.js')], {
          PERMIT_OPTIONS: options(READ),
        });
        // Node may also wait for the debugger to go away when the inspector is closed; then nothing
        // has run.
        const waits = result.signal === 'SIGKILL' && result.stdout === '';
        assert.ok(
          waits || result.status === 9 || (result.status === 0 && result.stdout.trim() === '{"ran":true}'),
          JSON.stringify(result),
        );
      });
      for (const signal of ['SIGUSR1', 'debugProcess']) {
        it(`${signal} does not open it`, () => {
          const result = held(node, READ, [join(here, 'alive.js'), signal]);
          assert.deepEqual(report(result), { alive: true });
          assert.equal(listening(result), false);
        });
      }
      it('of another process is not opened by process._debugProcess', async () => {
        const victim = spawn(node.path, [join(here, 'victim.js')], { env: cleanEnv() });
        let said = '';
        victim.stderr.on('data', (part) => {
          said += part;
        });
        await once(victim.stdout, 'data');
        held(node, READ, [join(here, 'debug.js'), String(victim.pid)]);
        await new Promise((resolve) => setTimeout(resolve, 300));
        victim.kill();
        assert.ok(!said.includes('Debugger listening'), said);
      });
    });

    describe('the runtime writes nothing where it may not', () => {
      const WAYS = [
        'writeReport(file)',
        'writeReport(relative file)',
        'writeReport with a directory',
        'writeReport with a directory, no name',
        'writeReport(error) with a directory',
        'writeReport with a filename',
        'writeReport with both',
        'a report on an uncaught error',
        'a report on a signal',
        'a report on a fatal error',
        'writeHeapSnapshot',
        'writeHeapSnapshot(Buffer)',
        'writeHeapSnapshot()',
        'setHeapSnapshotNearHeapLimit',
        'trace events',
        'enableCompileCache(directory)',
        'enableCompileCache({directory})',
        'enableCompileCache() by NODE_COMPILE_CACHE',
        'enableCompileCache() by TMPDIR',
        'V8 code traces',
        'V8 turbofan traces',
        'V8 WebAssembly dumps',
        'V8 log of a worker',
      ];
      for (const way of WAYS) {
        it(way, () => {
          const target = inFolder('target');
          const work = inFolder('work');
          const flags = [
            ...READ,
            `--allow-fs-read=${target}`,
            `--allow-fs-read=${work}`,
            `--allow-fs-write=${work}`,
            '--allow-worker',
          ];
          const small = way === 'a report on a fatal error' ? ['--max-old-space-size=20'] : [];
          held(node, flags, [...small, '--no-warnings', join(here, 'writes.js'), way, target], { cwd: work });
          assert.deepEqual(readdirSync(target), []);
        });
      }
      for (const way of [
        'writeReport(file)',
        'writeReport with a directory',
        'writeHeapSnapshot',
        'trace events',
        'a report on an uncaught error',
        'a report on a signal',
      ]) {
        it(`but where it may: ${way}`, () => {
          const target = inFolder('target');
          const flags = [...READ, `--allow-fs-read=${target}`, `--allow-fs-write=${target}`];
          const result = held(node, flags, ['--no-warnings', join(here, 'writes.js'), way, target], { cwd: target });
          assert.equal(readdirSync(target).length, 1, result.stderr);
        });
      }
      it('localStorage by --localstorage-file', { skip: node.major < 22 }, () => {
        const target = inFolder('target');
        const flags = node.major < 25 ? ['--experimental-webstorage'] : [];
        held(node, READ, [
          ...flags,
          `--localstorage-file=${target}/storage`,
          join(here, 'writes.js'),
          'localStorage',
          target,
        ]);
        assert.deepEqual(readdirSync(target), []);
      });
      it('a compile cache by NODE_COMPILE_CACHE', { skip: node.major < 22 }, () => {
        // Node makes the folder before any preload runs, and would take permit itself from there
        // the next time.
        const target = inFolder('target');
        const flags = [...READ, `--allow-fs-read=${target}`, `--allow-fs-write=${target}`];
        const result = held(node, flags, [join(here, 'plain.js')], {
          env: { NODE_COMPILE_CACHE: join(target, 'cache') },
        });
        assert.equal(result.status, 9);
        assert.equal(result.stdout, '');
        assert.match(
          result.stderr,
          /^permit: NODE_COMPILE_CACHE=.* has permit itself loaded from there; unset it, and call module.enableCompileCache\(\) in the program\n$/,
        );
      });
      it('a refused compile cache is told by the result and not thrown', { skip: node.major < 22 }, () => {
        const found = report(held(node, READ, [join(here, 'compile-cache.js'), folder]));
        assert.equal(found[0], 0);
        if (node.major >= 24) assert.deepEqual(found, [0, 0, 0]);
      });
    });

    describe('node:sqlite', { skip: node.major < 22 }, () => {
      let found;
      let denied;
      before(() => {
        const granted = inFolder('granted');
        denied = inFolder('denied');
        const flags = [`--allow-fs-read=${granted}`, `--allow-fs-write=${granted}`];
        const result = held(node, [...READ, ...flags], ['--no-warnings', join(here, 'sqlite.js'), granted, denied], {
          cwd: granted,
        });
        found = report(result);
      });
      it('opens what is granted', () => {
        const refused = Object.entries(found).filter(([name, told]) => name.startsWith('+') && told !== 'ok');
        assert.deepEqual(refused, []);
      });
      it('opens nothing else, however it is spelled', () => {
        const opened = Object.entries(found).filter(([name, told]) => name.startsWith('-') && told === 'ok');
        assert.deepEqual(opened, []);
      });
      it('left no file behind', () => assert.deepEqual(readdirSync(denied), []));
      it('says which permission is missing', () => {
        assert.equal(found['- a file'], 'FileSystemRead');
        assert.equal(found['- a file, read only'], 'FileSystemRead');
        assert.match(found['- ATTACH'], /^FileSystem(Read|Write)$/);
      });
    });

    it('a key named by a URL is not loaded through OpenSSL without --allow-openssl-store', () => {
      const file = join(folder, 'key.pem');
      writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const found = run(node, [], 'store.js', file);
      // A Node that knows no keys by URL says so itself.
      const loaded = Object.entries(found).filter(
        ([, told]) => told !== 'OpenSSLStore' && told !== 'ERR_INVALID_ARG_TYPE' && told !== 'ERR_INVALID_ARG_VALUE',
      );
      assert.deepEqual(
        loaded.filter(([name]) => !name.includes('second look')),
        [],
      );
      assert.equal(found['createPrivateKey(URL)'], 'OpenSSLStore');
    });
  });
}

describe('SQLite before 3.54', () => {
  const node = SERVICE_NODES.find(({ version }) => version === '26.0.0');
  const outcome = (start) => {
    const [granted, denied] = [mkdtempSync(join(folder, 'journal-')), mkdtempSync(join(folder, 'named-'))];
    const secret = join(denied, 'secret');
    writeFileSync(secret, 'secret');
    const result = start([join(here, 'journal.js'), join(granted, 'a.db'), secret], granted);
    return { ...JSON.parse(result.stdout), exists: existsSync(secret) };
  };
  it('deletes what a journal names', () => {
    const found = outcome((args) => bare(node, args));
    assert.deepEqual(found, { wrote: 'yes', a: 1, exists: false });
  });
  it('is given no journal by a program that may not write everything', () => {
    const found = outcome((args, granted) =>
      held(node, [...READ, `--allow-fs-read=${granted}`, `--allow-fs-write=${granted}`], args),
    );
    assert.deepEqual(found, { wrote: 'ERR_ACCESS_DENIED', a: 1, exists: true });
  });
});
