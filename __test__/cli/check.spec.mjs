// `permit check`: what may be wrong with a policy that can be read.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { it } from 'node:test';
import Ajv from 'ajv';
import { NODES } from '../helpers/nodes.mjs';
import { PRELOAD, bare, scratch } from '../helpers/run.mjs';

const require = createRequire(import.meta.url);
const folder = scratch();
mkdirSync(join(folder, 'data', 'deep'), { recursive: true });
mkdirSync(join(folder, 'linked'));
symlinkSync('/etc', join(folder, 'linked', 'out'));

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

const check = (args, { cwd = folder, env } = {}) => bare(NODES[0], [PRELOAD, 'check', ...args], { cwd, env });

function policy(permission, name = 'policy.json') {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ permission }, null, 2));
  return file;
}

function found(permission, args = []) {
  const result = check(['--json', ...args, policy(permission)]);
  assert.ok(result.status === 0 || result.status === 1, result.stderr);
  const { findings } = JSON.parse(result.stdout);
  assert.equal(
    findings.some((finding) => finding.level === 'warning'),
    result.status === 1,
  );
  return findings.map(({ id, level }) => `${level} ${id}`).toSorted();
}

it('is content with a policy that says what it needs', () => {
  const file = policy({
    'allow-fs-read': './data/deep',
    'allow-net': 'api.example.com:443',
    'allow-net-listen': ':3000',
  });
  assert.deepEqual(check([file]), { status: 0, signal: null, stdout: `0 warnings, 0 notes in ${file}\n`, stderr: '' });
});

it('finds what is wrong, with its place', () => {
  const file = policy({
    'allow-fs-read': ['./data', './data/deep', { grant: './data', reason: 'OPS-12', expires: '2001-02-03' }, '/etc'],
    'allow-child-process': 'bash',
    'deny-worker': true,
  });
  assert.deepEqual(
    check(['policy.json']).stdout,
    `policy.json:5:7: note: "allow-fs-read": "./data/deep" is covered by "allow-fs-read": "./data" (${file}:4:7) [covered]
policy.json:7:18: warning: "allow-fs-read": "./data" expired on 2001-02-03 ("OPS-12") [expired]
policy.json:11:7: warning: "allow-fs-read": "/etc" covers /etc, the configuration of the system [wide]
policy.json:13:28: warning: "allow-child-process": "bash" lets bash be started with any arguments, and so any program [interpreter]
policy.json:14:20: note: "deny-worker": true withholds nothing that is granted [idle-denial]
3 warnings, 2 notes in ${file}
`,
  );
});

it('finds links that lead out, and more so where they are followed', () => {
  assert.deepEqual(found({ 'allow-fs-read': './linked' }), ['note leads-out']);
  assert.deepEqual(found({ 'allow-fs-read': './linked', symlinks: 'follow' }), ['warning leads-out']);
});

it('looks ahead as many days as it is told', () => {
  const until = (days) => ({ 'allow-fs-read': { grant: './data/deep', expires: day(days) } });
  assert.deepEqual(found(until(10)), ['warning expires-soon']);
  assert.deepEqual(found(until(20)), []);
  assert.deepEqual(found(until(20), ['--within=30']), ['warning expires-soon']);
  assert.deepEqual(found(until(10), ['--within', '3']), []);
});

it('looks into every profile, or the one that is named', () => {
  const permission = {
    'allow-wasi': true,
    profiles: { api: { 'allow-net': true }, build: { extends: 'api', 'allow-ffi': true } },
  };
  assert.deepEqual(found(permission), ['warning wide', 'warning wide']);
  assert.deepEqual(found(permission, ['--profile=api']), ['warning wide']);
  assert.match(check([policy(permission)]).stdout, /"allow-ffi": true .* \(in the profile build\) \[wide\]/);
});

it('checks what names a policy at start where no file is given', () => {
  const here = mkdtempSync(join(folder, 'own-'));
  assert.deepEqual([check([], { cwd: here }).status, check([], { cwd: here }).stdout], [9, '']);
  assert.match(
    check([], { cwd: here, env: { PERMIT_OPTIONS: '--allow-net' } }).stdout,
    /^PERMIT_OPTIONS: warning: --allow-net covers the whole network/,
  );
  assert.match(
    check(['--allow-fs-read=/a,/b'], { cwd: here }).stdout,
    /^the command line: warning: .* is one name with a comma, .*\[spelling\]$/m,
  );
  writeFileSync(join(here, 'node.config.json'), '{"permission":{"allow-ffi":true}}');
  assert.match(check([], { cwd: here }).stdout, /^node\.config\.json:1:28: warning/);
});

it('writes SARIF that is valid by its published schema', () => {
  const schema = JSON.parse(
    readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
  );
  const ajv = new Ajv({ schemaId: 'auto', meta: false });
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
  const validate = ajv.compile(schema);
  mkdirSync(join(folder, 'a b'), { recursive: true });
  policy({ 'allow-fs-read': ['/etc', './lost'], 'allow-net': true }, join('a b', 'é.json'));
  const { status, stdout } = check(['--sarif', join('a b', 'é.json'), '--allow-ffi']);
  const log = JSON.parse(stdout);
  assert.equal(status, 1);
  assert.ok(validate(log), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...log, version: '1' }), 'the schema accepts anything');
  const [{ tool, results }] = log.runs;
  assert.deepEqual(
    results.map(({ ruleId, level, locations }) => {
      const { artifactLocation, region } = locations?.[0].physicalLocation ?? {};
      return [ruleId, level, artifactLocation?.uri, region?.startLine];
    }),
    [
      ['wide', 'warning', undefined, undefined],
      ['wide', 'warning', 'a%20b/%C3%A9.json', 4],
      ['missing', 'warning', 'a%20b/%C3%A9.json', 5],
      ['wide', 'warning', 'a%20b/%C3%A9.json', 7],
    ],
  );
  for (const result of results) assert.equal(tool.driver.rules[result.ruleIndex].id, result.ruleId);
  assert.ok(validate(JSON.parse(check(['--sarif', policy({})]).stdout)));
});

it('stops for what it cannot read, as the start does', () => {
  const bad = policy({ 'allow-worker': 'yes' }, 'bad.json');
  const circle = policy({ profiles: { a: { extends: 'a' } } }, 'circle.json');
  const none = join(folder, 'none.json');
  writeFileSync(none, '{}');
  for (const [args, pattern] of [
    [[bad], /bad\.json:3:21: found a string for "allow-worker", expected true or false/],
    [[circle], /in a circle: a > a/],
    [[none], /has no key "permission"/],
    [['missing.json'], /missing\.json: there is no such file/],
    [[folder], /expected/],
    [[process.execPath], /is no UTF-8 text/],
    [['--profile=api', policy({})], /unknown profile "api"/],
    [['--within=soon', policy({})], /--within: found "soon"/],
    [['--within'], /--within: requires an argument: DAYS/],
    [['--json', '--sarif', policy({})], /expected one of them/],
    [['a', 'b'], /found "b" behind the file/],
  ]) {
    const result = check(args);
    assert.deepEqual([result.status, result.stdout], [9, ''], args.join(' '));
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
  }
});
