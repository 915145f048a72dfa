// What logs tell of a policy in use: `permit report` as text, JSON and a page that is opened in a browser, and the grants
// that nothing needed (`permit check --trace`).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { find, programs } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, cleanEnv, held, scratch } from '../helpers/run.mjs';

const folder = scratch();
const NODE = NODES.at(-1);
const fresh = () => mkdtempSync(join(folder, 'report-'));
function permit(cwd, args, env = {}) {
  const { status, stdout, stderr } = spawnSync(NODE.path, [PRELOAD, ...args], {
    cwd,
    env: cleanEnv(env),
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}
const json = (cwd, args) => {
  const { status, stdout, stderr } = permit(cwd, ['report', '--json', ...args]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 9, 1, 8);
/** A record, so many days after the first of October. */
const record = (days, fields) =>
  JSON.stringify({
    v: 1,
    datetime: new Date(BEGIN + days * DAY).toISOString(),
    permission: '',
    scope: '',
    value: '',
    decision: 'deny',
    policy: 'enforce',
    package: null,
    pid: 7,
    thread: 0,
    count: 1,
    policy_hash: '',
    deploy: '',
    ...fields,
  });
const start = (days, deploy, value = 'refused') =>
  record(days, { decision: 'start', value, deploy, package: 'orders', thread: null });
const refused = (days, deploy, value, fields) =>
  record(days, { scope: 'fs.read', value, deploy, package: 'left', ...fields });
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

describe('the page of permit report', { skip: programs('chromium') }, () => {
  let [browser, path] = [];
  const turned = '/srv/app/\u202etxt.exe';
  const evil = '</style></title><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">';
  before(async () => {
    const cwd = fresh();
    const lines = [];
    const packages = ['orders', 'left-pad', '@acme/images', 'pg', null, evil];
    const things = [
      ['fs.read', '/etc/passwd'],
      ['fs.read', '/srv/app/data/customers.json'],
      ['fs.write', '/srv/app/out/report.csv'],
      ['net.connect', '10.0.0.7:5432', '--allow-net=db.internal:5432'],
      ['net.connect', '203.0.113.9:443', '--allow-net=telemetry.example.com:443'],
      ['child', 'git'],
      ['worker', ''],
      ['fs.read', `/srv/app/${evil}`],
      ['fs.read', turned],
      ...Array.from({ length: 300 }, (_, index) => [
        'fs.read',
        `/srv/app/node_modules/package-${index % 20}/lib/file-${index}.js`,
      ]),
    ];
    let at = 0;
    for (const [number, deploy] of [
      'orders@1.4.0+0a1b2c3d4e5f',
      'orders@1.4.1+5f4e3d2c1b0a',
      'orders@1.5.0+99aa88bb77cc',
      evil,
    ].entries()) {
      for (let count = 0; count < 6; count++) lines.push(start((at += 0.01), deploy, 'all'));
      for (const [index, [scope, value, rule]] of things.entries()) {
        // What is refused becomes less with each deploy.
        if (index < 9 && index % 4 < number) continue;
        at += 0.02;
        lines.push(
          refused(at, deploy, value, {
            scope,
            rule,
            package: packages[index % packages.length],
            count: 1 + ((index * 7) % 23),
            ...(index < 9 ? {} : { decision: 'would-deny', policy: 'report-only' }),
          }),
        );
      }
    }
    const file = log(lines);
    const permission = {
      'allow-fs-read': [
        '${PROJECT}/node_modules',
        '/srv/old',
        {
          grant: '/etc/passwd',
          reason: 'OPS-7, until the base image is new',
          since: '2026-09-01',
          expires: '2099-01-01',
        },
      ],
    };
    writeFileSync(join(cwd, 'node.config.json'), JSON.stringify({ permission }));
    path = join(cwd, 'report.html');
    const { status, stderr } = permit(cwd, ['report', '--project=/srv/app', `--html=${path}`, file]);
    assert.equal(status, 0, stderr);
    const { default: puppeteer } = await import('puppeteer-core');
    browser = await puppeteer.launch({
      executablePath: find('chromium'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  after(() => browser?.close());

  async function open(width, height, scheme = 'light') {
    const page = await browser.newPage();
    const heard = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('request', (request) => heard.push(request.url()));
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(pathToFileURL(path).href);
    return { page, heard };
  }

  it('loads nothing, says nothing to the console, and runs nothing that a log names', async () => {
    const { page, heard } = await open(1280, 900);
    assert.deepEqual(heard, [pathToFileURL(path).href]);
    assert.match(await page.title(), /^permit report, 2026-10-01 08:14 to /);
    assert.equal(await page.evaluate(() => document.scripts.length + document.images.length), 0);
    const told = await page.evaluate(() => document.body.innerText);
    assert.ok(told.includes(evil), 'the text of it is shown');
    assert.ok(told.includes('\\u{202e}txt.exe') && !told.includes('\u202e'), 'what turns text is told');
    await page.close();
  });

  it('holds every section, with the sums of the log', async () => {
    const { page } = await open(1280, 900);
    const figures = await page.$$eval('.figures div', (all) =>
      Object.fromEntries(all.map((one) => [one.querySelector('span').textContent, one.querySelector('b').textContent])),
    );
    assert.deepEqual(
      [
        figures.deploys,
        figures['starts of a process'],
        figures['exceptions older than 14 days'],
        figures['grants not used'],
      ],
      ['4', '24', '1', '1'],
    );
    assert.ok(Number(figures['calls refused'].replaceAll(',', '')) > 50, figures['calls refused']);
    assert.deepEqual(await page.$$eval('section h2', (all) => all.map((one) => one.textContent)), [
      'Over time',
      'Refused',
      'By deploy',
      'By package',
      'Exceptions',
      'Grants',
      'What was touched',
    ]);
    assert.ok(
      (await page.$$eval(
        '#time svg rect.refused',
        (all) => all.filter((one) => one.getBoundingClientRect().height > 2).length,
      )) > 3,
    );
    assert.deepEqual(await page.$$eval('#grants tbody tr', (all) => all.map((one) => one.cells[0].textContent)), [
      'not used',
      'used',
      'used',
    ]);
    await page.close();
  });

  it('has a tree that opens, with tokens for its roots', async () => {
    const { page } = await open(1280, 900);
    const roots = await page.$$eval('.tree > details > summary', (all) => all.map((one) => one.firstChild.textContent));
    assert.deepEqual(roots, ['${PROJECT}', 'hosts', 'others', 'programs']);
    const shown = () => page.$$eval('.tree p', (all) => all.filter((one) => one.checkVisibility()).length);
    const closed = await shown();
    await page.evaluate(() => {
      for (const one of document.querySelectorAll('.tree details')) one.open = true;
    });
    assert.ok((await shown()) > closed + 250);
    await page.close();
  });

  it('fits a desk and a telephone, by day and by night', async () => {
    for (const [width, height, scheme] of [
      [1280, 900, 'light'],
      [1280, 900, 'dark'],
      [390, 844, 'light'],
    ]) {
      const { page } = await open(width, height, scheme);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `${width} ${scheme}`);
      const [ground, text] = await page.evaluate(() => [
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.body).color,
      ]);
      assert.notEqual(ground, text);
      mkdirSync(join(ROOT, '__test__', '.report'), { recursive: true });
      const picture = await page.screenshot({
        path: join(ROOT, '__test__', '.report', `${width}-${scheme}.png`),
        fullPage: true,
      });
      assert.ok(picture.length > 50_000, `${picture.length} bytes`);
      await page.close();
    }
  });
});
