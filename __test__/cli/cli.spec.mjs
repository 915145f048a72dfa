// The command `permit`: a drop-in for `node --permission`.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { PRELOAD, bare, cleanEnv, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const program = join(folder, 'app.js');
writeFileSync(
  program,
  `console.log(JSON.stringify({
  args: process.argv.slice(2), net: process.permission.has('net'), read: process.permission.has('fs.read', '/etc') }))`,
);

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('runs a program under the policy of its flags, with the same Node', () => {
      const result = bare(node, [
        PRELOAD,
        '--permission',
        '--allow-net',
        '--allow-fs-read',
        '/etc',
        program,
        '--allow-worker',
        'x',
      ]);
      assert.deepEqual(report(result), { args: ['--allow-worker', 'x'], net: true, read: true });
      assert.deepEqual(report(bare(node, [PRELOAD, 'run', '--', program])), { args: [], net: false, read: false });
    });

    it('adds its flags to PERMIT_OPTIONS', () => {
      const result = bare(node, [PRELOAD, '--allow-net', program], { env: { PERMIT_OPTIONS: '--allow-fs-read=/etc' } });
      assert.deepEqual(report(result), { args: [], net: true, read: true });
    });

    it('gives the exit code of the program, and its signal', async () => {
      const code = join(folder, 'code.js');
      writeFileSync(code, 'process.exitCode = 7');
      assert.equal(bare(node, [PRELOAD, code]).status, 7);
      const waits = join(folder, 'waits.js');
      writeFileSync(waits, `console.log('up'); setInterval(() => {}, 1000)`);
      const child = spawn(node.path, [PRELOAD, waits], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => {
        child.stdout.once('data', resolve);
      });
      const ended = new Promise((resolve) => {
        child.once('exit', (status, signal) => resolve(signal));
      });
      child.kill('SIGTERM');
      assert.equal(await ended, 'SIGTERM');
    });

    it('passes standard input on', () => {
      const echo = join(folder, 'echo.js');
      writeFileSync(echo, 'process.stdin.pipe(process.stdout)');
      const { stdout } = spawnSync(node.path, [PRELOAD, echo], { env: cleanEnv(), input: 'through', encoding: 'utf8' });
      assert.equal(stdout, 'through');
    });
  });
}

const NODE = NODES[0];

it('stops for flags that it cannot read, before anything runs', () => {
  for (const [flags, pattern] of [
    [['--allow-nett'], /--allow-nett: unknown flag; did you mean --allow-net\?/],
    [['--no-permission'], /cannot be turned off/],
    [['--allow-fs-read='], /requires an argument/],
  ]) {
    const result = bare(NODE, [PRELOAD, ...flags, program]);
    assert.deepEqual([result.status, result.stdout], [9, '']);
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1);
  }
  const none = bare(NODE, [PRELOAD, '--allow-net']);
  assert.deepEqual([none.status, none.stdout], [9, '']);
  assert.match(none.stderr, /missing program/);
});

it('prints help from the table of flags, and its version', () => {
  const help = bare(NODE, [PRELOAD, '--help']);
  assert.equal(help.status, 0);
  for (const flag of ['--allow-fs-read', '--deny-net', '--allow-openssl-store', '--config'])
    assert.ok(help.stdout.includes(flag), flag);
  assert.match(bare(NODE, [PRELOAD, '--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});

it('works as an installed command by npx', () => {
  const app = mkdtempSync(join(folder, 'app-'));
  writeFileSync(join(app, 'package.json'), '{"private":true}');
  const install = spawnSync('npm', ['install', '--no-audit', '--no-fund', join(PRELOAD, '..')], {
    cwd: app,
    env: cleanEnv(),
    encoding: 'utf8',
  });
  assert.equal(install.status, 0, install.stderr);
  const result = spawnSync('npx', ['@org/permit', '--allow-net', program, 'x'], {
    cwd: app,
    env: cleanEnv(),
    encoding: 'utf8',
  });
  assert.deepEqual(report(result), { args: ['x'], net: true, read: false }, result.stderr);
});
