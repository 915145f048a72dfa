// A collector tails a log that many processes write, while it is rotated: every record is handed
// on, and once.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { NODES } from '../helpers/nodes.mjs';
import { find, programs } from '../helpers/needs.mjs';
import { FIXTURES, ROOT, heldBeside, scratch } from '../helpers/run.mjs';

const folder = scratch();
const logs = join(folder, 'logs');
const handed = join(folder, 'handed');
const spool = join(folder, 'spool');
for (const path of [logs, handed, spool]) mkdirSync(path);
const absent = programs('rsyslogd', 'logrotate');

/** A file of the package with the places of this test in it. */
function placed(name) {
  const text = readFileSync(join(ROOT, 'src', 'fleet', name), 'utf8');
  const path = join(folder, name);
  const here = text.replaceAll('/var/log/permit-fleet/', `${handed}/`).replaceAll('/var/log/permit/', `${logs}/`);
  assert.notEqual(here, text);
  writeFileSync(path, here, { mode: 0o644 });
  return path;
}

async function collector() {
  const main = join(folder, 'main.conf');
  writeFileSync(main, `global(workDirectory="${spool}")\ninclude(file="${placed('rsyslog.conf')}")\n`);
  execFileSync(find('rsyslogd'), ['-N1', '-f', main], { stdio: 'pipe' });
  const child = spawn(find('rsyslogd'), ['-n', '-f', main, '-i', join(folder, 'pid')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  after(end);
  return end;
}

const lines = (text) => text.split('\n').filter(Boolean);
const records = (path) => (existsSync(path) ? lines(readFileSync(path, 'utf8')) : []);

describe('rsyslog', { skip: absent }, () => {
  it('hands on every record of many processes, whole and once, while logrotate moves the log away', async () => {
    const log = join(logs, 'app.jsonl');
    const conf = placed('logrotate.conf');
    const stop = await collector();
    const [PROCESSES, TIMES] = [8, 2_500];
    const busy = (at, times) =>
      heldBeside(
        NODES[at % NODES.length],
        [`--allow-fs-read=${FIXTURES}`, `--audit-log=${log}`],
        [join(FIXTURES, 'audit', 'busy.js'), `p${at}`, times],
      );
    const running = Promise.all(Array.from({ length: PROCESSES }, (_, at) => busy(at, TIMES)));
    // A line that another program wrote.
    await sleep(700);
    appendFileSync(log, 'Listening on 3000\n');
    for (let times = 0; times < 3; times += 1) {
      execFileSync(find('logrotate'), ['--force', '--state', join(folder, 'state'), conf], { stdio: 'pipe' });
      await sleep(1100);
    }
    // However long all this took: one that begins when the log has been moved away for the last
    // time.
    for (const { status, stderr } of [await busy(PROCESSES, 0), ...(await running)])
      assert.deepEqual([status, stderr], [0, '']);

    const names = readdirSync(logs);
    assert.ok(names.length >= 4 && names.some((name) => name.endsWith('.gz')), names.join());
    assert.equal(statSync(log).mode & 0o777, 0o600);
    const written = names
      .flatMap((name) => {
        const bytes = readFileSync(join(logs, name));
        return lines((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
      })
      .filter((line) => line.startsWith('{'));
    const refused = (all) => all.map((line) => JSON.parse(line)).filter(({ decision }) => decision === 'deny');
    assert.equal(refused(written).length, PROCESSES * (TIMES + 1) + 1);

    const out = join(handed, 'records.jsonl');
    for (let tries = 0; tries < 100 && records(out).length < written.length; tries += 1) await sleep(100);
    await stop();
    const sorted = (all) => all.map((line) => JSON.stringify(Object.entries(JSON.parse(line)).toSorted())).toSorted();
    assert.deepEqual(sorted(records(out)), sorted(written));
    assert.deepEqual(records(join(handed, 'unread')), ['Listening on 3000']);
  });
});
