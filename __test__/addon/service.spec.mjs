// The examples of the README for a service: what it asks at start, and what it tells of its policy
// while it runs. What runs here is the text of the README.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES, ORACLE } from '../helpers/nodes.mjs';
import { ROOT, bare, held, options, report, scratch } from '../helpers/run.mjs';

const [, section] = /\n## A service under a policy\n([^]*?)\n## /.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'));
const block = (name) => {
  const [, text] = new RegExp(`\`\`\`js\\n(// ${name}\\n[^]*?)\`\`\``).exec(section);
  return text;
};
const [, said] = /```\n(orders: [^\n]*\n)```/.exec(section);

const folder = scratch();
mkdirSync(join(folder, 'public'));
const needs = join(folder, 'needs.js');
writeFileSync(needs, block('needs.js'));

describe('what a service needs is asked at start', () => {
  const some = ['--allow-fs-read=./public', '--allow-net-listen=127.0.0.1:8080', '--allow-worker'];
  const all = [...some, '--allow-fs-write=./uploads', '--allow-net-connect=db.internal:5432'];
  const outcome = ({ status, stdout, stderr }) => ({ status, stdout, stderr });
  for (const node of NODES) {
    it(`under permit on Node ${node.version}`, () => {
      const run = (flags) => outcome(held(node, flags, [needs], { cwd: folder }));
      assert.deepEqual(run(all), { status: 0, stdout: '', stderr: '' });
      assert.deepEqual(run(some), { status: 78, stdout: '', stderr: said });
      assert.deepEqual(run([...some, '--permission-audit', `--audit-log=${join(folder, 'log')}`]), {
        status: 0,
        stdout: '',
        stderr: said,
      });
      // A host at another port, a path beside: all but these is there.
      assert.equal(run([...some, '--allow-fs-write=./upload', '--allow-net-connect=db.internal:5433']).stderr, said);
    });

    it(`without a model on Node ${node.version}`, () => {
      assert.deepEqual(outcome(bare(node, [needs], { cwd: folder })), { status: 0, stdout: '', stderr: '' });
    });
  }

  it("under Node's own model", () => {
    const run = (flags) => outcome(bare(ORACLE, ['--permission', '--no-warnings', ...flags, needs], { cwd: folder }));
    const read = [`--allow-fs-read=${join(folder, 'public')}`, `--allow-fs-read=${needs}`];
    assert.deepEqual(run([...read, `--allow-fs-write=${join(folder, 'uploads')}`, '--allow-net', '--allow-worker']), {
      status: 0,
      stdout: '',
      stderr: '',
    });
    assert.deepEqual(run([...read, '--allow-net', '--allow-worker']), {
      status: 78,
      stdout: '',
      stderr: 'orders: the policy withholds fs.write ./uploads\n',
    });
  });
});

describe('how a service is held is told while it runs', () => {
  const health = join(folder, 'health.js');
  // The program asks itself, before and after what is given.
  writeFileSync(
    health,
    `${block('health.js')}
server.on('listening', async () => {
  const at = 'http://127.0.0.1:' + server.address().port;
  const ask = async () => (await fetch(at + '/health/policy')).json();
  const told = [await ask()];
  await eval(process.argv[2] ?? '');
  told.push(await ask());
  console.log(JSON.stringify({ told, other: (await fetch(at + '/other')).status }));
  server.close();
  server.closeAllConnections();
});`,
  );
  const env = { HEALTH_PORT: '0' };
  const changed = 'the policy is not the one of the start: a grant has lapsed, or was dropped';
  const told = (result) => {
    const { told: answers, other } = report(result);
    assert.equal(other, 404);
    return answers;
  };
  const file = (permission) => {
    const path = join(folder, `policy-${Math.random().toString(36).slice(2)}.json`);
    writeFileSync(path, JSON.stringify({ permission }));
    return path;
  };

  for (const node of NODES) {
    const run = (flags, deed = '') =>
      told(held(node, flags, [health, deed], { env: { ...env, PERMIT_OPTIONS: options(flags) } }));

    it(`with nothing to alarm, and after a drop, on Node ${node.version}`, () => {
      const [before, after] = run(['--allow-net', '--allow-worker'], "process.permission.drop('worker')");
      assert.deepEqual([before.mode, before.alarms], ['enforce', []]);
      assert.match(before.policyHash, /^[0-9a-f]{64}$/);
      assert.deepEqual(after.alarms, [changed]);
      assert.notEqual(after.policyHash, before.policyHash);
    });

    it(`in an audit, without a model, and where records are lost, on Node ${node.version}`, () => {
      const log = `--audit-log=${join(folder, 'lost')}`;
      assert.deepEqual(run(['--permission-audit', '--allow-net', log])[0].alarms, [
        'the policy is not enforced: audit',
      ]);
      assert.deepEqual(told(bare(node, [health], { env }))[0].alarms, ['the policy is not enforced: none']);
      // As many as it takes to be ahead of the writing.
      const flood =
        "for (let i = 0; status().recordsDropped === 0;) for (const end = i + 5000; i < end; i++) try { require('fs').statSync('/etc/' + i) } catch {}";
      const [, lost] = run(['--allow-net', log], flood);
      assert.equal(lost.alarms.length, 1);
      assert.match(lost.alarms[0], /^[1-9]\d* records found no room$/);
    });

    it(`with grants that have expired or lapse while it runs, on Node ${node.version}`, () => {
      const past = file({
        'allow-net': true,
        'allow-fs-read': { grant: './old', reason: 'OPS-12', expires: '2020-01-01' },
      });
      const [expired] = run([`--config=${past}`]);
      assert.equal(expired.alarms.length, 1);
      assert.match(expired.alarms[0], /the grant of "\.\/old" expired on 2020-01-01 \("OPS-12"\)$/);
      const soon = file({
        'allow-net': true,
        'allow-fs-read': { grant: './soon', expires: new Date(Date.now() + 4000).toISOString().replace(/\.\d+/, '') },
      });
      const wait =
        '(async () => { while (health().alarms.length === 0) await new Promise((done) => { setTimeout(done, 50); }); })()';
      assert.deepEqual(
        run([`--config=${soon}`], wait).map(({ alarms }) => alarms),
        [[], [changed]],
      );
    });
  }
});
