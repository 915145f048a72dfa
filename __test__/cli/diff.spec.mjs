// `permit diff`: what a policy gained and lost, as a review gate asks it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { PRELOAD, cleanEnv, scratch } from '../helpers/run.mjs';

const folder = scratch();
mkdirSync(join(folder, 'data', 'deep'), { recursive: true });

function diff(args, { input } = {}) {
  const { status, stdout, stderr } = spawnSync(NODES[0].path, [PRELOAD, 'diff', ...args], {
    cwd: folder,
    env: cleanEnv(),
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Compares two policies, which are written beside each other. */
function compare(old, changed, args = []) {
  const [before, after] = [join(folder, 'old.json'), join(folder, 'new.json')];
  writeFileSync(before, JSON.stringify({ permission: old }));
  writeFileSync(after, JSON.stringify({ permission: changed }));
  const result = diff(['--json', ...args, before, after]);
  assert.ok(result.status === 0 || result.status === 1, result.stderr);
  const told = JSON.parse(result.stdout);
  assert.equal(told.grew, result.status === 1);
  return { grew: told.grew, ...told.profiles[0], profiles: told.profiles };
}

const things = (steps) => steps.flatMap((step) => step.things);

it('sees sets and not lines', () => {
  for (const [old, changed] of [
    [{ 'allow-fs-read': ['./a', './b'] }, { 'allow-fs-read': ['./b', './a', './a'] }],
    [{ 'allow-fs-read': './data' }, { 'allow-fs-read': ['./data/deep', './data/x.json', './data/*.log', 'data'] }],
    [{ 'allow-fs-read': '*' }, { 'allow-fs-read': '/etc/**/x' }],
    [
      { 'allow-net': ['*.example.com', '10.0.0.0/8'], 'allow-net-listen': ':1' },
      { 'allow-net': ['a.example.com:443', '10.1.0.0/16:80'], 'allow-net-listen': ':1' },
    ],
    [
      { 'allow-net': true },
      { 'allow-net-connect': ['a.com'], 'allow-net-resolve': 'a.com', 'allow-net-listen': ':80' },
    ],
    [{ 'allow-child-process': 'git' }, { 'allow-child-process': ['git log *', 'git status'] }],
    [{ 'allow-env': ['AWS_*', 'default'] }, { 'allow-env': ['AWS_KEY', 'PATH'] }],
    [
      { 'deny-fs-read': './data/deep', 'allow-fs-read': './data' },
      { 'deny-fs-read': './data', 'allow-fs-read': './data' },
    ],
    [{ 'allow-worker': true }, { 'allow-worker': false }],
  ]) {
    assert.deepEqual(compare(old, changed).gained, [], JSON.stringify(changed));
  }
});

it('tells each gain with its rule, and what is lost', () => {
  const { gained, lost } = compare(
    { 'allow-fs-read': ['./data', './gone'] },
    { 'allow-fs-read': ['./data', '/etc/hosts'] },
  );
  assert.deepEqual(gained, [
    {
      kind: 'grant',
      rule: { rule: '"allow-fs-read": "/etc/hosts"', at: `${join(folder, 'new.json')}:1:42` },
      things: ['fs.read of /etc/hosts'],
    },
  ]);
  assert.deepEqual(things(lost), [`fs.read of ${join(folder, 'gone')}`]);
});

it('takes for growth what is one without a new line', () => {
  const until = (day) => ({ 'allow-fs-read': { grant: './data', expires: day } });
  for (const [kind, old, changed] of [
    ['longer', until('2990-01-01'), until('2990-01-02')],
    ['longer', until('2990-01-01'), { 'allow-fs-read': './data' }],
    ['grant', until('2001-01-01'), until('2990-01-01')],
    [
      'denial',
      { 'allow-fs-read': '*', 'deny-fs-read': ['/etc', '/root'] },
      { 'allow-fs-read': '*', 'deny-fs-read': '/etc' },
    ],
    ['denial', { 'allow-net': 'a.com', 'deny-net': 'metadata' }, { 'allow-net': 'a.com' }],
    ['denial', { 'allow-worker': true, 'deny-worker': true }, { 'allow-worker': true }],
    ['grant', { 'allow-net': 'a.com', 'allow-net-listen': ':80' }, { 'allow-net': 'a.com' }],
    ['grant', { 'allow-env': 'PATH' }, {}],
    ['setting', {}, { symlinks: 'follow' }],
    ['setting', {}, { audit: true }],
    ['setting', {}, { 'allow-fs-vfs': true }],
  ]) {
    const { gained } = compare(old, changed);
    assert.deepEqual([...new Set(gained.map((step) => step.kind))], [kind], JSON.stringify([old, changed]));
    assert.equal(compare(changed, changed).grew, false);
  }
});

it('says so and counts it where two globs cannot be compared', () => {
  const { gained } = compare({ 'allow-fs-read': './src/**' }, { 'allow-fs-read': './src/**/*.js' });
  assert.deepEqual(
    gained.map((step) => step.undecided),
    [true],
  );
});

it('compares every profile, or the one that is named', () => {
  const policy = (api, extra = {}) => ({
    'allow-wasi': true,
    profiles: { api: { 'allow-net': api }, build: { 'allow-worker': true }, ...extra },
  });
  const { grew, profiles } = compare(policy('a.com'), policy(['a.com', 'b.com']));
  assert.equal(grew, true);
  assert.deepEqual(
    profiles.map(({ profile, gained }) => [profile, gained.length]),
    [
      [undefined, 0],
      ['api', 1],
      ['build', 0],
    ],
  );
  assert.equal(compare(policy('a.com'), policy(['a.com', 'b.com']), ['--profile=build']).grew, false);
  assert.equal(compare(policy('a.com'), policy(['a.com', 'b.com']), ['--profile', 'api']).grew, true);
  assert.equal(compare(policy('a.com'), policy('a.com', { more: { 'allow-ffi': true } })).grew, true);
});

it('reads both as if they stood where the new one stands', () => {
  const changed = join(folder, 'node.config.json');
  const text = JSON.stringify({ permission: { 'allow-fs-read': './data' } });
  writeFileSync(changed, text);
  assert.deepEqual(diff(['-', changed], { input: text }), {
    status: 0,
    stdout: `standard input -> ${changed}: the policy did not grow (0 gained, 0 lost)\n`,
    stderr: '',
  });
  assert.equal(diff([changed, '-'], { input: text }).status, 0);
  mkdirSync(join(folder, 'elsewhere'), { recursive: true });
  const old = join(folder, 'elsewhere', 'old.json');
  writeFileSync(old, text);
  assert.equal(diff([old, changed]).status, 0);
  assert.equal(
    diff(['-', changed], { input: '{}' }).stdout,
    `standard input -> ${changed}: the policy grew (1 gained, 0 lost)
+ granted by "allow-fs-read": "./data" (${changed}:1:32)
    fs.read of ${join(folder, 'data')} and all below it
`,
  );
});

it('stops for what it cannot read, in one line', () => {
  const good = join(folder, 'good.json');
  const bad = join(folder, 'bad.json');
  const empty = join(folder, 'empty.json');
  writeFileSync(good, '{"permission":{}}');
  writeFileSync(bad, '{"permission":{"allow-workers":true}}');
  writeFileSync(empty, '');
  for (const [args, pattern] of [
    [[], /diff needs two policies, found 0\. Usage: npx @org\/permit diff OLD NEW/],
    [[good], /found 1\. Usage/],
    [['-', '-'], /only one of the policies/],
    [[good, 'missing.json'], /there is no such file/],
    [[folder, good], /expected/],
    [[good, bad], /bad\.json:1:16: unknown key "allow-workers"/],
    [[good, empty], /is not JSON/],
    [[good, process.execPath], /is no UTF-8 text/],
    [['--profile=api', good, good], /unknown profile "api"/],
    [['--allow-net', good, good], /--allow-net: unknown flag/],
  ]) {
    const result = diff(args);
    assert.deepEqual([result.status, result.stdout], [9, ''], args.join(' '));
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
  }
});
