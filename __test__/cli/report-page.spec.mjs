// The page that `permit report --html` writes, opened in a browser.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { find, programs } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { refused, start } from '../helpers/records.mjs';
import { PRELOAD, ROOT, bare, scratch } from '../helpers/run.mjs';

const folder = scratch();
const NODE = NODES.at(-1);
const fresh = () => mkdtempSync(join(folder, 'report-'));
const permit = (cwd, args, env) => bare(NODE, [PRELOAD, ...args], { cwd, env });
const log = (lines) => {
  const path = join(fresh(), 'log.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

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
        // Each deploy has fewer refusals.
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
