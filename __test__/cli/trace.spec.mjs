// The commands that make a policy of what was seen: where it goes, what it never loses, and what of
// a log is no record.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const [NODE] = NODES;

/** A project of its own with a program that reads, writes and starts something. */
function project(program) {
  const path = mkdtempSync(join(folder, 'app-'));
  mkdirSync(join(path, 'data'));
  for (const name of ['a', 'b', 'c']) writeFileSync(join(path, 'data', name), name);
  writeFileSync(join(path, 'package.json'), '{"name":"app"}');
  writeFileSync(join(path, 'app.js'), program);
  return path;
}

const permit = (cwd, args, { node = NODE, ...rest } = {}) => bare(node, [PRELOAD, ...args], { cwd, ...rest });
const grants = (path, key) => (JSON.parse(readFileSync(path, 'utf8')).permission[key] ?? []).map(({ grant }) => grant);

const fixture = (name) => readFileSync(join(FIXTURES, 'trace', name), 'utf8');

describe('permit trace', () => {
  for (const node of NODES) {
    it(`writes the policy under which the same run is refused nothing, on Node ${node.version}`, () => {
      const cwd = project(fixture('uses.js'));
      const { status, stderr } = permit(cwd, ['trace', 'app.js'], { node });
      assert.equal(status, 7, stderr);
      assert.match(
        stderr,
        /^permit: fs\.write .*out \(app\)\n.*child true \(app\)\n.*permit: \d+ grants written to .*node\.config\.json\n$/s,
      );
      const policy = join(cwd, 'node.config.json');
      assert.deepEqual(grants(policy, 'allow-fs-read'), ['${PROJECT}/data']);
      assert.deepEqual(grants(policy, 'allow-fs-write'), ['${PROJECT}/job-*', '${PROJECT}/out/*']);
      assert.deepEqual(grants(policy, 'allow-child-process'), ['true']);
      const env = { PERMIT_OPTIONS: options(['--audit-log=run.jsonl']), PERMIT_CONFIG: policy };
      assert.equal(held(node, [], ['app.js'], { cwd, env }).status, 7);
      const [start, ...refused] = readFileSync(join(cwd, 'run.jsonl'), 'utf8').trim().split('\n');
      assert.deepEqual([JSON.parse(start).decision, refused], ['start', []]);
    });
  }

  it('does not grant the secrets of a folder that a program fills', () => {
    const cwd = project(fixture('fills-a-folder.js'));
    writeFileSync(join(cwd, 'data', '.env'), 'TOKEN=1');
    assert.equal(permit(cwd, ['trace', 'app.js']).status, 0);
    const policy = join(cwd, 'node.config.json');
    assert.deepEqual(grants(policy, 'allow-fs-read'), ['${PROJECT}/data/x']);
    assert.deepEqual(grants(policy, 'allow-fs-write'), ['${PROJECT}/data/x', '${PROJECT}/data/y']);
  });

  it('tells of secrets that were read, of names that are no text, and of a program that was killed', () => {
    const cwd = project(fixture('killed.js'));
    const { status, stderr } = permit(cwd, ['trace', 'app.js']);
    assert.equal(status, 137, stderr);
    assert.match(stderr, /^permit: look at: fs\.read [^\n]*\/tls\.key: keys and passwords are kept there$/m);
    assert.match(stderr, /^permit: look at: fs\.write "[^\n]*\/data\/\ufffd", 1 times: no grant can name it$/m);
    assert.match(stderr, /^permit: look at: signal 9 ended the program: [^\n]*$/m);
    assert.deepEqual(grants(join(cwd, 'node.config.json'), 'allow-fs-write'), []);
  });

  it('says that what is denied stays so, and grants it once', () => {
    const cwd = project("require('fs').readFileSync('data/a')");
    writeFileSync(join(cwd, 'policy.json'), '{"permission":{"deny-fs-read":"./data/a"}}');
    const { status, stderr } = permit(cwd, ['trace', '--merge', '--out=policy.json', 'app.js']);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^permit: look at: fs\.read [^\n]*\/data\/a: is denied, or no grant can name it$/m);
    assert.deepEqual(grants(join(cwd, 'policy.json'), 'allow-fs-read'), ['${PROJECT}/data/a']);
  });

  it('names a program by its place, from whatever directory it was started', () => {
    const cwd = project(fixture('starts-from-a-folder.js'));
    writeFileSync(join(cwd, 'do.sh'), '#!/bin/sh\n', { mode: 0o755 });
    const { status, stderr } = permit(cwd, ['trace', 'app.js']);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /look at/);
    assert.deepEqual(grants(join(cwd, 'node.config.json'), 'allow-child-process'), ['${PROJECT}/do.sh']);
    assert.equal(held(NODE, ['--config=node.config.json'], ['app.js'], { cwd }).status, 0);
  });

  it('tells a port that the program names from one that the system gave out', () => {
    const cwd = project(fixture('listens.js'));
    assert.equal(permit(cwd, ['trace', 'app.js']).status, 0);
    assert.deepEqual(grants(join(cwd, 'node.config.json'), 'allow-net-listen'), ['127.0.0.1:0', '127.0.0.1:45999']);
    const done = held(NODE, ['--config=node.config.json', '--audit-log=run.jsonl'], ['app.js'], { cwd });
    assert.deepEqual([done.status, done.stderr], [0, '']);
  });

  it('writes no policy of a program that did nothing and failed', () => {
    const cwd = project('');
    const { status, stderr } = permit(cwd, ['trace', 'nosuch.js']);
    assert.equal(status, 1);
    assert.match(stderr, /permit: the program failed before it did anything that needs a grant; no policy written\n$/);
    assert.equal(existsSync(join(cwd, 'node.config.json')), false);
  });

  it('hands on a signal that was sent to it alone', async () => {
    const cwd = project(fixture('ends-by-a-signal.js'));
    const child = spawn(NODE.path, [PRELOAD, 'trace', 'app.js'], {
      cwd,
      env: cleanEnv(),
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    });
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    assert.deepEqual([status, existsSync(join(cwd, 'ended'))], [5, true]);
    assert.deepEqual(grants(join(cwd, 'node.config.json'), 'allow-fs-write').length, 1);
  });

  it('does not write over a file, and starts nothing then', () => {
    const cwd = project("require('fs').writeFileSync('ran', '')");
    writeFileSync(join(cwd, 'node.config.json'), 'kept');
    const { status, stdout, stderr } = permit(cwd, ['trace', 'app.js']);
    assert.deepEqual([status, stdout], [9, '']);
    assert.match(stderr, /^permit: [^\n]*node\.config\.json: is there already; expected --merge [^\n]*\n$/);
    assert.deepEqual(
      [readFileSync(join(cwd, 'node.config.json'), 'utf8'), existsSync(join(cwd, 'ran'))],
      ['kept', false],
    );
  });

  it('adds to a policy only what that does not allow, and keeps the rest of the file', () => {
    const cwd = project(fixture('reads-and-writes.js'));
    const policy = join(cwd, 'policy.json');
    writeFileSync(policy, '{"other":{"z":1,"a":2},"permission":{"allow-worker":true,"allow-fs-read":"./data"}}');
    assert.equal(permit(cwd, ['trace', '--out=policy.json', '--merge', 'app.js']).status, 0);
    const { other, permission } = JSON.parse(readFileSync(policy, 'utf8'));
    assert.deepEqual(
      [Object.keys(other), permission['allow-worker'], permission['allow-fs-read']],
      [['z', 'a'], true, './data'],
    );
    assert.ok(grants(policy, 'allow-fs-write').includes('${PROJECT}/out/*'));
  });

  it('leaves no log behind, and one that was asked for', () => {
    const cwd = project(fixture('reads-and-writes.js'));
    const env = { TMPDIR: mkdtempSync(join(folder, 'tmp-')) };
    assert.equal(permit(cwd, ['trace', '--log=seen.jsonl', 'app.js'], { env }).status, 0);
    assert.equal(permit(cwd, ['trace', '--out=other.json', 'app.js'], { env }).status, 0);
    assert.deepEqual(readdirSync(env.TMPDIR), []);
    assert.match(readFileSync(join(cwd, 'seen.jsonl'), 'utf8'), /"decision":"would-deny"/);
    assert.match(permit(cwd, ['trace', '--out=third.json', '--log=seen.jsonl', 'app.js']).stderr, /is there already/);
  });

  it('tells which secrets and shells a policy would give away, and grants no place of many things whole', () => {
    const cwd = project(fixture('looks-around.js'));
    const { stderr } = permit(cwd, ['trace', 'app.js']);
    assert.match(stderr, /look at: fs\.read .*\.ssh\/id_rsa: keys and passwords are kept there\n/);
    assert.match(stderr, /look at: child \/bin\/sh: runs any program\n/);
    const read = grants(join(cwd, 'node.config.json'), 'allow-fs-read');
    for (const grant of ['/{}', '/etc/{}', '/etc/hostname', '${HOME}/.ssh/id_rsa'])
      assert.ok(read.includes(grant), `${grant}: ${read}`);
    const env = { PERMIT_CONFIG: join(cwd, 'node.config.json') };
    assert.deepEqual(
      report(
        held(
          NODE,
          [],
          ['-p', "JSON.stringify(['/', '/etc', '/etc/passwd'].map((path) => process.permission.has('fs.read', path)))"],
          { cwd, env },
        ),
      ),
      [true, true, false],
    );
  });

  it('what cannot be started is told, and nothing is written', () => {
    const cwd = project('');
    for (const [args, told] of [
      [['trace'], /^permit: missing program\. Usage: npx @org\/permit trace/],
      [['trace', '--ouf=x', 'app.js'], /did you mean --out\?/],
      [['trace', '--allow-fs-read=${NO}/x', 'app.js'], /NO/],
    ]) {
      const { status, stdout, stderr } = permit(cwd, args);
      assert.deepEqual([status, stdout], [9, ''], stderr);
      assert.match(stderr, told);
    }
    assert.ok(!existsSync(join(cwd, 'node.config.json')));
  });
});

describe('permit merge', () => {
  const line = (value, more = {}) =>
    `${JSON.stringify({
      v: 1,
      datetime: '2026-11-21T08:00:00.000Z',
      permission: 'FileSystemRead',
      scope: 'fs.read',
      value,
      decision: 'would-deny',
      policy: 'audit',
      package: 'app',
      pid: 1,
      thread: 0,
      count: 1,
      policy_hash: '',
      ...more,
    })}\n`;
  const log = (text) => {
    const path = join(mkdtempSync(join(folder, 'log-')), 'log.jsonl');
    writeFileSync(path, text);
    return path;
  };

  it('makes one policy of many logs, with the places of the machines that wrote them', () => {
    const logs = [log(line('/app/data/a') + line('/app/data/b')), log(line('/app/data/c') + line('/app/data/a'))];
    const { status, stdout, stderr } = permit(folder, ['merge', '--project=/app', ...logs]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).permission['allow-fs-read'], [
      { grant: '${PROJECT}/data', reason: 'trace: 3 paths, by app' },
    ]);
    const piped = permit(folder, ['merge', '--project=/app', '-'], {
      input: logs.map((path) => readFileSync(path, 'utf8')).join(''),
    });
    assert.equal(piped.stdout, stdout);
  });

  it('leaves out what was refused unless that is asked for', () => {
    const path = log(line('/etc/shadow', { decision: 'deny', policy: 'enforce' }) + line('/app/x'));
    const { stdout, stderr } = permit(folder, ['merge', path]);
    assert.ok(!stdout.includes('/etc/shadow') && stdout.includes('/app/x'));
    assert.match(stderr, /1 calls left out: deny under enforce/);
    assert.ok(permit(folder, ['merge', '--denied', path]).stdout.includes('/etc/shadow'));
  });

  const faults = {
    'a torn last line': [line('/x') + line('/y').slice(0, 50), /:2: the log ends in the middle of a record/],
    'another version': [line('/x') + line('/y', { v: 2 }), /:2: is a record of version 2, expected version 1/],
    'the log of another tool': [
      '{"level":30,"time":1,"msg":"listening"}\n',
      /:1: is no record of permit: missing field/,
    ],
    'no JSON': [`${line('/x')}Listening on 3000\n`, /:2: is no record of permit: expected value/],
    'a clock that was set back': [
      line('/x') + line('/y', { datetime: '2026-11-21T05:00:00.000Z' }),
      /:2: was written at .*set back/,
    ],
    'an empty log': ['', /there is no record in it/],
  };
  for (const [name, [text, told]] of Object.entries(faults)) {
    it(`${name} is told by its line, and passed over only if that is asked for`, () => {
      const path = log(text);
      const { status, stdout, stderr } = permit(folder, ['merge', path]);
      assert.deepEqual([status, stdout], [9, ''], stderr);
      assert.match(stderr, /^permit: [^\n]*--skip passes over [^\n]*\n$/);
      assert.match(stderr, told);
      appendFileSync(path, `\n${line('/z')}`);
      const skipped = permit(folder, ['merge', '--skip', path]);
      assert.equal(skipped.status, 0, skipped.stderr);
      assert.ok(skipped.stdout.includes('/z'));
      if (text) assert.match(skipped.stderr, /look at: skipped /);
    });
  }

  it('a log that is not there is told', () => {
    const { status, stderr } = permit(folder, ['merge', join(folder, 'none.jsonl')]);
    assert.deepEqual([status, /^permit: .*none\.jsonl: No such file/.test(stderr)], [9, true]);
  });
});
