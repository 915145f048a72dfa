// `permit explain`: which rule decides, as a process is asked and as a process would be answered.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, bare, held, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const NODE = NODES[0];
const ESCAPE = String.fromCharCode(27);

mkdirSync(join(folder, 'data', 'private'), { recursive: true });
symlinkSync('/etc', join(folder, 'data', 'out'));
symlinkSync('../data', join(folder, 'data', 'self'));

const explain = (args, { env, cwd = folder, node = NODE } = {}) =>
  bare(node, [PRELOAD, 'explain', ...args], { env, cwd });

function json(args, rest) {
  const result = explain(['--json', ...args], rest);
  assert.ok(result.status === 0 || result.status === 1, result.stderr);
  return { status: result.status, ...JSON.parse(result.stdout) };
}

const FLAGS = [
  '--allow-fs-read=data',
  '--deny-fs-read=data/private',
  '--allow-fs-write=data/*.log',
  '--allow-net=api.example.com:443,10.0.0.0/8',
  '--allow-net-listen=:3000',
  '--deny-net=metadata',
  '--allow-child-process=git status',
  '--allow-env=default,AWS_*',
  '--allow-worker',
];

const QUESTIONS = [
  ['fs.read', 'data/x'],
  ['fs.read', 'data/private/x'],
  ['fs.read', 'data/out/passwd'],
  ['fs.read', 'data/self/x'],
  ['fs.read', '/etc'],
  ['fs.read', 'data/self/../../x'],
  ['fs.read', PRELOAD],
  ['fs.read'],
  ['fs.write', 'data/x.log'],
  ['fs.write', 'data/x'],
  ['fs.write', '/proc/self/mem'],
  ['fs.read', '/proc/self/environ'],
  ['fs.write', PRELOAD],
  ['fs'],
  ['net', 'api.example.com:443'],
  ['net.connect', '10.1.1.1:80'],
  ['net.connect', '169.254.169.254:80'],
  ['net.connect', 'api.example.com:80'],
  ['net.resolve', 'api.example.com'],
  ['net.resolve', 'example.com'],
  ['net.listen', ':3000'],
  ['net.listen', ':80'],
  ['net'],
  ['child', 'git status'],
  ['child', 'git push'],
  ['child', '/bin/sh'],
  ['child'],
  ['env', 'AWS_KEY'],
  ['env', 'PATH'],
  ['env', 'TOKEN'],
  ['env'],
  ['worker'],
  ['wasi'],
  ['addon'],
  ['addon', 'data/x.node'],
  ['openssl.store'],
];

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('says what a process under the same flags is told', () => {
      const ask = join(folder, 'ask.js');
      writeFileSync(
        ask,
        `console.log(JSON.stringify(${JSON.stringify(QUESTIONS)}.map((question) => process.permission.has(...question))))`,
      );
      const told = report(held(node, FLAGS, [ask], { cwd: folder }));
      assert.ok(told.includes(true) && told.includes(false));
      for (const [at, question] of QUESTIONS.entries()) {
        const result = explain([...FLAGS, ...question], { node });
        assert.equal(result.status, told[at] ? 0 : 1, `${question.join(' ')}\n${result.stdout}${result.stderr}`);
      }
    });
  });
}

it('knows what is never written: the policy, the log, permit itself', () => {
  const config = join(folder, 'own.json');
  writeFileSync(config, '{"permission":{"allow-fs-write":"*"}}');
  for (const file of [config, join(folder, 'audit.log'), PRELOAD]) {
    const { allowed, answers } = json([`--config=${config}`, '--audit-log=audit.log', 'fs.write', file]);
    assert.deepEqual([allowed, answers[0].because], [false, 'protected'], file);
  }
  assert.equal(json([`--config=${config}`, 'fs.write', 'audit.log']).allowed, true);
});

it('names the rule of a file with its place, its end and its reason', () => {
  const config = join(folder, 'policy.json');
  writeFileSync(
    config,
    `{ "permission": {
    "allow-fs-read": [{ "grant": "./data", "reason": "OPS-12", "expires": "2999-01-31" }],
    "profiles": { "api": { "allow-net": ["api.example.com:443"] } } } }`,
  );
  const env = { PERMIT_CONFIG: config };
  const {
    answers: [answer],
    sources,
  } = json(['fs.read', 'data/x'], { env });
  assert.deepEqual(answer.rules, [
    { rule: '"allow-fs-read": "./data"', at: `${config}:2:34`, expires: '2999-01-31', reason: 'OPS-12' },
  ]);
  assert.deepEqual(sources, [config]);
  assert.equal(json(['net', 'api.example.com:443'], { env }).allowed, false);
  assert.equal(json(['--profile=api', 'net', 'api.example.com:443'], { env }).allowed, true);
  assert.equal(json(['net', 'api.example.com:443'], { env: { ...env, PERMIT_PROFILE: 'api' } }).allowed, true);
});

it('reads the sources that a process reads, and names them', () => {
  const here = mkdtempSync(join(folder, 'own-'));
  writeFileSync(join(here, 'node.config.json'), '{"permission":{"allow-worker":true}}');
  assert.equal(json(['worker'], { cwd: here }).allowed, true);
  const flagged = json(['--allow-wasi', 'worker'], { cwd: here });
  assert.deepEqual([flagged.allowed, flagged.sources], [false, ['the command line']]);
  const env = { PERMIT_OPTIONS: '--allow-worker' };
  assert.equal(json(['worker'], { env }).answers[0].rules[0].at, 'PERMIT_OPTIONS');
  assert.equal(explain(['worker'], { env: { PERMIT_OPTIONS: '--allow-workers' } }).status, 9);
  assert.deepEqual(json(['worker']).sources, ['none: all but the entry point is refused']);
});

it('follows links, and tells a change that does what it says', () => {
  const { allowed, path, answers, change } = json([...FLAGS, 'fs.read', 'data/out/passwd']);
  assert.deepEqual(
    [allowed, path.leads_to, path.links],
    [false, '/etc/passwd', [{ at: join(folder, 'data/out'), text: '/etc' }]],
  );
  assert.deepEqual(
    answers.map((answer) => [answer.allowed, answer.behind_links ?? false]),
    [
      [true, false],
      [false, true],
    ],
  );
  assert.deepEqual(change, { flags: ['--allow-fs-read=/etc/passwd'], file: { 'allow-fs-read': ['/etc/passwd'] } });
  assert.equal(explain([...FLAGS, ...change.flags, 'fs.read', 'data/out/passwd']).status, 0);
});

it('answers in lines without colours where there is no terminal', () => {
  const { stdout, stderr } = explain([...FLAGS, 'child', 'git push'], { env: { PATH: '/nonexistent' } });
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    `child git push: refused
  refused    child git push, is not granted
  nearest    --allow-child-process=git status (the command line)
             it is for other arguments
  change     '--allow-child-process=git push'
             in a file: "allow-child-process": ["git push"]
  policy     the command line
  note       there is no program "git" here
`,
  );
  const coloured = explain([...FLAGS, 'worker'], { env: { CLICOLOR_FORCE: '1' } }).stdout;
  assert.ok(coloured.includes(`${ESCAPE}[`));
  assert.ok(!explain([...FLAGS, 'worker'], { env: { CLICOLOR_FORCE: '1', NO_COLOR: '1' } }).stdout.includes(ESCAPE));
});

it('shows what comes from outside without what would speak to a terminal', () => {
  const name = `x${ESCAPE}[31m`;
  const { stdout } = explain(['env', name, '--allow-env=A'], { env: { CLICOLOR_FORCE: '1' } });
  assert.ok(stdout.includes('x\\u{1b}[31m') && !stdout.includes(name));
});

it('tells a port that the system keeps from a refusal by policy', () => {
  const [system] = json(['--allow-net', 'net.listen', ':1']).system;
  assert.equal(system.port, 1);
  for (const way of [
    'PORT=',
    'setcap cap_net_bind_service',
    'net.ipv4.ip_unprivileged_port_start=1',
    'process.setgid',
    'excludedportrange',
  ]) {
    assert.ok(
      system.ways_out.some((text) => text.includes(way)),
      way,
    );
  }
  assert.equal(json(['--allow-net', 'net.listen', ':60000']).system, undefined);
  const bind = join(FIXTURES, 'explain', 'low-port.js');
  assert.equal(report(held(NODE, ['--allow-net'], [bind])), system.refuses ? 'EACCES' : null);
});

it('stops for what it cannot read, in one line', () => {
  for (const [args, pattern] of [
    [[], /Usage: npx @org\/permit explain SCOPE \[RESOURCE\]/],
    [['fs.raed', 'x'], /unknown scope "fs.raed"; did you mean fs.read\?/],
    [['fs.read', 'a', 'b'], /found "b" behind the resource/],
    [['child', 'git', 'push'], /quote a command/],
    [['net.connect', 'http://a.com'], /the host "http:\/\/a.com"/],
    [['fs.read', ''], /leave it out/],
    [['--allow-fs-raed=x', 'fs.read', 'x'], /did you mean --allow-fs-read\?/],
    [['--config=missing.json', 'fs'], /missing\.json: there is no such file/],
    [[`--config=${folder}`, 'fs'], /expected/],
    [[`--config=${join(ROOT, 'permit.linux-x64-gnu.node')}`, 'fs'], /is no UTF-8 text/],
    [['--jsno', 'fs'], /did you mean --json\?/],
  ]) {
    const result = explain(args);
    assert.deepEqual([result.status, result.stdout], [9, ''], args.join(' '));
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
  }
});

it('has help of its own', () => {
  const { status, stdout } = explain(['--help']);
  assert.equal(status, 0);
  for (const text of [
    'npx @org/permit explain [flags] SCOPE [RESOURCE]',
    '--json',
    '1  refused',
    '--allow-fs-read=PATH',
  ])
    assert.ok(stdout.includes(text), text);
});
