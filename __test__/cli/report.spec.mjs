// `permit report` says how a policy is used, by its logs, as text and as JSON, and the grants that
// nothing needed (`permit check --trace`).
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { DAY, refused, start } from '../helpers/records.mjs';
import { FIXTURES, PRELOAD, bare, held, scratch } from '../helpers/run.mjs';

const folder = scratch();
const NODE = NODES.at(-1);
const fresh = () => mkdtempSync(join(folder, 'report-'));
const permit = (cwd, args, env) => bare(NODE, [PRELOAD, ...args], { cwd, env });
const json = (cwd, args) => {
  const { status, stdout, stderr } = permit(cwd, ['report', '--json', ...args]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};

const log = (lines) => {
  const path = join(fresh(), 'log.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

describe('permit report', () => {
  it('tells of two releases of a program what was refused, and that the second is allowed it', () => {
    const cwd = fresh();
    writeFileSync(join(cwd, 'x'), 'x');
    copyFileSync(join(FIXTURES, 'report', 'asks-for-two.js'), join(cwd, 'app.js'));
    const count = NODES.length;
    const release = (version, permission) => {
      writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'orders', version }));
      writeFileSync(join(cwd, 'node.config.json'), JSON.stringify({ permission }));
      for (const node of NODES)
        assert.equal(held(node, ['--config=node.config.json', '--audit-log=log.jsonl'], ['app.js'], { cwd }).status, 0);
    };
    release('1.0.0', { 'allow-worker': true });
    release('1.1.0', { 'allow-fs-read': './x' });
    const {
      deploys,
      denials,
      packages,
      policy,
      starts,
      recorded,
      grants,
      unused_is_known: known,
    } = json(cwd, ['log.jsonl']);
    assert.deepEqual(
      deploys.map(({ deploy, starts: of, refused: calls, things }) => [deploy.split('+')[0], of, calls, things]),
      [
        ['orders@1.0.0', count, 2 * count, 2],
        ['orders@1.1.0', count, count, 1],
      ],
    );
    assert.deepEqual(
      denials.map(({ scope, resource, refused: calls, status }) => [scope, resource, calls, status]),
      [
        ['fs.read', '/etc/passwd', 2 * count, 'open'],
        ['fs.read', join(cwd, 'x'), count, 'granted'],
      ],
    );
    assert.deepEqual(
      [packages.map(({ package: name, things }) => [name, things]), starts, recorded, known],
      [[['orders', 2]], 2 * count, 'refused', false],
    );
    assert.deepEqual([policy, grants.length], [[join(cwd, 'node.config.json')], 1]);
  });

  it('says how long it took from the first refusal to the deploy that was allowed it', () => {
    const lines = [
      start(0, 'a@1+1'),
      refused(1, 'a@1+1', '/x'),
      refused(1.5, 'a@1+1', '/y', { count: 4 }),
      start(3, 'a@2+2'),
      refused(3.5, 'a@1+1', '/x'),
      refused(4, 'a@2+2', '/y'),
      start(5.5, 'a@3+3'),
    ];
    const policy = join(fresh(), 'policy.json');
    writeFileSync(policy, '{"permission":{"allow-fs-read":["/x","/y"]}}');
    const path = log(lines);
    const told = json(folder, [`--config=${policy}`, path]);
    assert.deepEqual(
      told.denials.map(({ resource, status, seconds, refused: calls, deploys }) => [
        resource,
        status,
        seconds,
        calls,
        deploys,
      ]),
      [
        ['/y', 'granted', 4 * 86_400, 5, 2],
        ['/x', 'granted', 2 * 86_400, 2, 1],
      ],
    );
    assert.equal(told.mean_seconds_to_grant, 3 * 86_400);
    const { stdout } = permit(folder, ['report', `--config=${policy}`, path]);
    assert.match(
      stdout,
      /^7 records from 2026-10-01 08:00 to 2026-10-06 20:00 UTC, 3 starts of a process\n0 things open, 0 granted and not deployed; 3\.0 days from the first refusal to the grant on average\n/,
    );
    assert.match(
      stdout,
      /\n {2}granted fs\.read \/y {2}5 calls refused by left, first 2026-10-02 20:00, last 2026-10-05 08:00, granted after 4\.0 days\n/,
    );
    const without = json(fresh(), [path]);
    assert.deepEqual(
      [without.denials.map(({ status }) => status), without.mean_seconds_to_grant, without.grants],
      [['gone', 'gone'], null, []],
    );
  });

  it('reads the policy of a checkout as it stood where the logs were written', () => {
    const cwd = fresh();
    writeFileSync(join(cwd, 'package.json'), '{"name":"a"}');
    writeFileSync(join(cwd, 'node.config.json'), '{"permission":{"allow-fs-read":["./x","${PROJECT}/y"]}}');
    const path = log([
      start(0, 'a@1'),
      ...['x', 'y', 'z'].map((name) => refused(1, 'a@1', `/srv/app/${name}`)),
      start(2, 'a@2'),
    ]);
    const status = (args) =>
      Object.fromEntries(json(cwd, [...args, path]).denials.map((denial) => [denial.resource.at(-1), denial.status]));
    assert.deepEqual(status(['--project=/srv/app']), { x: 'granted', y: 'granted', z: 'gone' });
    assert.deepEqual(status([]), { x: 'gone', y: 'gone', z: 'gone' });
  });

  it('tells exceptions that are old, and those of which nobody says since when', () => {
    const cwd = fresh();
    const day = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
    const entries = [['/a', 20], ['/b', 3], ['/c']].map(([grant, ago]) => ({
      grant,
      reason: 'OPS-1',
      ...(ago ? { since: day(ago) } : {}),
      expires: day(-30),
    }));
    writeFileSync(
      join(cwd, 'node.config.json'),
      JSON.stringify({ permission: { 'allow-fs-read': [...entries, '/d'] } }),
    );
    const path = log([start(0, 'a')]);
    const brief = ({ exceptions }) => exceptions.map(({ rule, days, old, reason }) => [rule, days, old, reason]);
    const rule = (name) => `"allow-fs-read": "${name}"`;
    assert.deepEqual(brief(json(cwd, [path])), [
      [rule('/a'), 20, true, 'OPS-1'],
      [rule('/b'), 3, false, 'OPS-1'],
      [rule('/c'), undefined, false, 'OPS-1'],
    ]);
    assert.deepEqual(
      brief(json(cwd, ['--older-than=2', path])).map(([, , old]) => old),
      [true, true, false],
    );
    const { stdout } = permit(cwd, ['report', path]);
    assert.match(stdout, /"\/a" for 20 days, until .* \(OPS-1\), .*node\.config\.json:1:/);
    assert.match(stdout, /"\/c" since when is not said/);
  });

  it('tells which grants were used where all that was touched is known, and check warns of the others', () => {
    const cwd = fresh();
    for (const name of ['data', 'old']) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, 'x'), 'x');
    }
    writeFileSync(join(cwd, 'package.json'), '{"name":"app"}');
    writeFileSync(
      join(cwd, 'app.js'),
      "require('fs').readFileSync('data/x'); require('child_process').spawnSync('true', ['x'])",
    );
    const permission = {
      'allow-fs-read': ['./data', './old'],
      'allow-child-process': ['true x', 'false'],
      'allow-net': 'localhost:1',
      'allow-worker': true,
      'allow-env': '*',
    };
    writeFileSync(join(cwd, 'node.config.json'), JSON.stringify({ permission }));
    writeFileSync(join(cwd, 'nothing.json'), '{"permission":{}}');
    const run = (name, flags) =>
      assert.equal(
        held(NODE, ['--config=node.config.json', `--audit-log=${name}`, ...flags], ['app.js'], { cwd }).status,
        0,
      );
    run('all.jsonl', ['--report-only=nothing.json']);
    run('refused.jsonl', []);
    const { grants, unused_is_known: known } = json(cwd, ['all.jsonl']);
    const used = Object.fromEntries(grants.map(({ rule, things }) => [rule.split(': ')[1], things]));
    assert.deepEqual(
      [known, used],
      [true, { '"./data"': 1, '"./old"': 0, '"true x"': 1, '"false"': 0, '"localhost:1"': 0, true: 0, '"*"': null }],
    );
    assert.match(permit(cwd, ['report', 'all.jsonl']).stdout, /\n4 of 7 grants not used\n/);
    assert.match(permit(cwd, ['report', 'refused.jsonl']).stdout, /\nWhether grants were used is not in these logs: /);

    const check = permit(cwd, ['check', '--json', '--trace=all.jsonl']);
    const found = JSON.parse(check.stdout)
      .findings.filter(({ id }) => id === 'unused')
      .map(({ rule }) => rule);
    assert.deepEqual(
      [check.status, found],
      [
        1,
        [
          '"allow-fs-read": "./old"',
          '"allow-child-process": "false"',
          '"allow-net": "localhost:1"',
          '"allow-worker": true',
        ],
      ],
    );
    const partly = permit(cwd, ['check', '--trace=refused.jsonl']);
    assert.deepEqual([partly.status, partly.stdout], [9, '']);
    assert.match(
      partly.stderr,
      /^permit: --trace: refused\.jsonl does not hold all that was touched; expected [^\n]*\n$/,
    );
    assert.deepEqual(
      JSON.parse(permit(cwd, ['check', '--json']).stdout).findings.filter(({ id }) => id === 'unused'),
      [],
    );
  });

  it('ends at what is no record, or no log, and writes over nothing that is no page', () => {
    const path = log([start(0, 'a'), 'hello']);
    const bad = permit(folder, ['report', path]);
    assert.deepEqual([bad.status, bad.stdout], [9, '']);
    assert.match(
      bad.stderr,
      /^permit: \S+log\.jsonl:2: is no record of permit: [^\n]*; --skip passes over such lines\n$/,
    );
    assert.equal(permit(folder, ['report', '--skip', path]).status, 0);
    assert.match(permit(folder, ['report']).stderr, /^permit: no log; expected [^\n]*\n$/);
    assert.match(
      permit(folder, ['report', '--older-than=soon', path]).stderr,
      /^permit: --older-than: found "soon", expected a number of days\n$/,
    );
    const kept = join(fresh(), 'policy.json');
    writeFileSync(kept, '{}');
    const over = permit(folder, ['report', `--html=${kept}`, log([start(0, 'a')])]);
    assert.deepEqual([over.status, readFileSync(kept, 'utf8')], [9, '{}']);
    assert.match(
      over.stderr,
      /^permit: --html: \S+policy\.json: is there already and is no page of permit report; expected a new file\n$/,
    );
  });
});
