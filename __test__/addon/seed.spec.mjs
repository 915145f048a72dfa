// The uses that the package was made for, as programs are written: guards by `has`, a service that
// gives things up, an Express application, both kinds of entry point, and npx.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, bare, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'seed');
const folder = scratch();
const secret = join(folder, 'secret');
writeFileSync(secret, 'SECRET\n');
const HELD = { held: 'function', read: 'ERR_ACCESS_DENIED' };
const require = createRequire(import.meta.url);

/**
 * Starts a server that prints its port, asks it for each path, and gives the answers and what it
 * printed.
 */
async function asked(node, flags, args, paths) {
  const child = spawn(node.path, ['-r', PRELOAD, ...args], {
    env: cleanEnv({ PERMIT_OPTIONS: options(flags) }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const ended = once(child, 'exit');
  try {
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([first]) => first),
      ended.then(() => null),
    ]);
    assert.notEqual(line, null, stderr);
    const started = JSON.parse(line);
    const answers = {};
    for (const path of paths) {
      const response = await fetch(`http://127.0.0.1:${started.port}${path}`);
      const text = await response.text();
      answers[path] = [response.status, text.startsWith('{') ? JSON.parse(text) : text.trim()];
    }
    await fetch(`http://127.0.0.1:${started.port}/end`);
    const [status] = await ended;
    return { started, answers, status, stderr };
  } finally {
    child.kill();
  }
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it("a guard by process.permission.has('fs.read', path) says what a read would", () => {
      const granted = join(folder, 'granted');
      writeFileSync(granted, 'granted\n');
      const found = report(
        held(node, [`--allow-fs-read=${granted}`], [join(here, 'guard.js'), granted, secret, join(folder, 'missing')]),
      );
      assert.deepEqual(found, ['granted', 'not granted', 'not granted']);
      assert.deepEqual(report(bare(node, [join(here, 'guard.js'), granted, secret])), ['granted', 'SECRET']);
    });

    it('a service that gives up a directory, writing, children and workers keeps serving', async () => {
      const config = mkdtempSync(join(folder, 'config-'));
      const settings = join(config, 'settings.json');
      writeFileSync(settings, '{"name":"service"}');
      const flags = [
        `--allow-fs-read=${config}`,
        `--allow-fs-read=${join(here, 'static')}`,
        `--allow-fs-write=${config}`,
        '--allow-child-process',
        '--allow-worker',
        '--allow-net',
      ];
      const { started, answers, status, stderr } = await asked(
        node,
        flags,
        [join(here, 'service.js'), config],
        ['/static', '/settings', '/write', '/child', '/worker', '/static'],
      );
      assert.equal(started.name, 'service');
      assert.equal(started.before, 0);
      const denied = (permission, resource) => [403, { code: 'ERR_ACCESS_DENIED', permission, resource }];
      assert.deepEqual(answers, {
        '/static': [200, 'static file'],
        '/settings': denied('FileSystemRead', settings),
        '/write': denied('FileSystemWrite', join(config, 'started')),
        '/child': denied('ChildProcess', 'true'),
        '/worker': [403, { ...answers['/worker'][1], code: 'ERR_ACCESS_DENIED', permission: 'WorkerThreads' }],
      });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    });

    it('an Express application with express.static serves its files and no other', async () => {
      const flags = [
        '--allow-net',
        `--allow-fs-read=${join(ROOT, 'node_modules')}`,
        `--allow-fs-read=${join(here, 'static')}`,
      ];
      const { answers, status, stderr } = await asked(
        node,
        flags,
        ['--no-warnings', join(here, 'express.js'), secret],
        ['/files/hello.txt', '/json', '/file', '/files/../express.js', '/files/%2e%2e/express.js', '/files/missing'],
      );
      assert.deepEqual(answers['/files/hello.txt'], [200, 'static file']);
      assert.deepEqual(answers['/json'], [200, { hello: 'json' }]);
      assert.deepEqual(answers['/file'], [403, { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead' }]);
      for (const path of ['/files/../express.js', '/files/%2e%2e/express.js', '/files/missing'])
        assert.notEqual(answers[path][0], 200, path);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    });

    for (const entry of ['entry.cjs', 'entry.mjs']) {
      it(`-r holds ${entry}`, () => assert.deepEqual(report(held(node, [], [join(here, entry), secret])), HELD));
      it(`--import holds ${entry}`, () => {
        for (const name of [PRELOAD, pathToFileURL(PRELOAD).href]) {
          assert.deepEqual(
            report(bare(node, ['--import', name, join(here, entry), secret], { env: { PERMIT_OPTIONS: '' } })),
            HELD,
          );
        }
      });
      it(`NODE_OPTIONS="-r …" holds ${entry}`, () => {
        const env = { NODE_OPTIONS: `-r "${PRELOAD}"`, PERMIT_OPTIONS: '' };
        assert.deepEqual(report(bare(node, [join(here, entry), secret], { env })), HELD);
      });
      it(`-r by the name of the package holds ${entry}`, () => {
        const project = mkdtempSync(join(folder, 'project-'));
        mkdirSync(join(project, 'node_modules', '@org'), { recursive: true });
        symlinkSync(ROOT, join(project, 'node_modules', '@org', 'permit'));
        cpSync(join(here, entry), join(project, entry));
        const result = bare(node, ['-r', '@org/permit', entry, secret], { cwd: project, env: { PERMIT_OPTIONS: '' } });
        assert.deepEqual(report(result), HELD);
      });
    }

    it('the package hands out process.permission to require and import', () => {
      const result = held(node, [], [join(here, 'import-permit.mjs'), pathToFileURL(PRELOAD).href]);
      assert.deepEqual(report(result), { same: true, required: true, has: true });
    });

    it('a program that takes it without the preload is told how', () => {
      const result = bare(node, [join(here, 'import-permit.mjs'), pathToFileURL(PRELOAD).href]);
      assert.notEqual(result.status, 0);
      assert.match(result.stderr, /node -r @org\/permit/);
      assert.equal(result.stdout, '');
    });

    it('npx runs the bin of a local package under NODE_OPTIONS="-r …"', () => {
      const project = mkdtempSync(join(folder, 'npx-'));
      const modules = join(project, 'node_modules');
      mkdirSync(join(modules, '.bin'), { recursive: true });
      cpSync(join(here, 'tool'), join(modules, 'some-tool'), { recursive: true });
      symlinkSync(join('..', 'some-tool', 'bin', 'tool.js'), join(modules, '.bin', 'some-tool'));
      writeFileSync(
        join(project, 'package.json'),
        '{"name":"project","version":"1.0.0","private":true,"dependencies":{"some-tool":"1.0.0"}}',
      );
      // npm itself is Node too and is held as well: it may read itself and the project, write its
      // cache, and start programs.
      const npx = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npx-cli.js');
      const npm = require.resolve(npx);
      const cache = join(project, 'cache');
      const flags = [
        `--allow-fs-read=${dirname(dirname(npm))}`,
        `--allow-fs-read=${project}`,
        `--allow-fs-write=${cache}`,
        `--allow-fs-write=${cache}/*`,
        '--allow-fs-read=/usr',
        '--allow-fs-read=/bin',
        '--allow-fs-read=/etc/npmrc',
        `--allow-fs-read=${join(project, 'home')}`,
        '--allow-child-process',
      ];
      const { stdout, stderr } = spawnSync(
        node.path,
        [npm, '--offline', '--no-update-notifier', 'some-tool', secret, 'more'],
        {
          cwd: project,
          encoding: 'utf8',
          timeout: 30_000,
          env: cleanEnv({
            PATH: `${dirname(node.path)}${delimiter}${process.env.PATH}`,
            HOME: join(project, 'home'),
            npm_config_cache: cache,
            npm_config_loglevel: 'error',
            NODE_OPTIONS: `-r "${PRELOAD}" --no-warnings`,
            PERMIT_OPTIONS: options(flags),
          }),
        },
      );
      assert.deepEqual(report({ stdout, stderr }), { ...HELD, args: ['more'] });
    });
  });
}
