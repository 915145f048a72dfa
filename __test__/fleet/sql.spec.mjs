// SQL over the logs of thousands of processes gives the same answers as `permit report`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeFleet } from '../helpers/fleet.mjs';
import { find, programs } from '../helpers/needs.mjs';
import { PRELOAD, ROOT, cleanEnv, scratch } from '../helpers/run.mjs';

const folder = scratch();

/** A database with the views of the report over these logs. */
async function report(logs) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`SET VARIABLE logs = ${logs}`);
  await connection.run(readFileSync(join(ROOT, 'src', 'fleet', 'report.sql'), 'utf8'));
  return async (sql) =>
    (await connection.runAndReadAll(sql))
      .getRowObjectsJS()
      .map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])));
}

/**
 * What DuckDB gives back, in the words of this test: numbers, moments in milliseconds, spans of
 * time in milliseconds.
 */
function plain(value) {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  if (value !== null && typeof value === 'object' && 'micros' in value)
    return (value.months * 30 + value.days) * 86_400_000 + Number(value.micros) / 1000;
  return value;
}

describe('the report in SQL', () => {
  // Two runs of the same fleet on as many machines each, of which one is compressed.
  const logs = join(folder, 'report');
  let records;
  let ask;
  before(async () => {
    writeFleet(logs, { bytes: 6e6, hosts: 4, distinct: 600, seed: 7 });
    const names = readdirSync(logs);
    assert.equal(names.length, 4);
    records = names.flatMap((name) =>
      readFileSync(join(logs, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    );
    const last = join(logs, names.at(-1));
    writeFileSync(join(logs, 'host-9999.jsonl.gz'), gzipSync(readFileSync(last)));
    writeFileSync(last, '');
    // What a process that was killed leaves, a line of another program, and a record of a later
    // version.
    appendFileSync(
      join(logs, names[0]),
      `{"v":1,"datetime":"2026-03-02T00:00:00.000Z","permission":"FileSys\n\nListening on 3000\n${JSON.stringify({ ...records[1], v: 2 })}\n`,
    );
    ask = await report(`'${logs}/*.jsonl*'`);
  });

  const sum = (rows) => rows.reduce((all, { count }) => all + count, 0);
  const at = (rows) => rows.map(({ datetime }) => Date.parse(datetime));
  const first = (rows) => (rows.length === 0 ? null : at(rows).reduce((a, b) => Math.min(a, b)));
  const last = (rows) => (rows.length === 0 ? null : at(rows).reduce((a, b) => Math.max(a, b)));
  const group = (rows, key) => {
    const groups = new Map();
    for (const row of rows) {
      const name = key(row);
      if (groups.has(name)) groups.get(name).push(row);
      else groups.set(name, [row]);
    }
    return groups;
  };
  const thing = ({ scope, path, rule, value }) =>
    path ?? (scope.startsWith('net.') && rule?.includes('=') ? rule.slice(rule.indexOf('=') + 1) : value);
  const things = (rows) => new Set(rows.map((record) => JSON.stringify([record.scope, thing(record)]))).size;
  const of = (decision, rows = records) => rows.filter((record) => record.decision === decision);
  const byKey = (rows, key) => new Map(rows.map((row) => [row[key], row]));
  const program = ({ deploy }) => deploy.slice(0, deploy.lastIndexOf('@'));
  /** Whether each row follows the one above it. */
  const inOrder = (rows, key, down) =>
    rows.every(
      (row, index) => index === 0 || (down ? rows[index - 1][key] >= row[key] : rows[index - 1][key] <= row[key]),
    );

  it('by deploy', async () => {
    const rows = await ask('FROM permit.by_deploy');
    const expected = group(records, ({ deploy }) => deploy);
    assert.equal(rows.length, expected.size);
    for (const [deploy, row] of byKey(rows, 'deploy')) {
      const all = expected.get(deploy);
      const denied = of('deny', all);
      assert.deepEqual(row, {
        deploy,
        processes: of('start', all).length,
        denied: sum(denied),
        would_be_denied: sum(of('would-deny', all)),
        things: things(denied),
        started: first(of('start', all)),
        first_denied: first(denied),
        last_denied: last(denied),
      });
    }
    assert.ok(
      inOrder(rows, 'started') &&
        rows.some(({ denied }) => denied > 0) &&
        rows.some(({ would_be_denied: count }) => count > 0),
    );
  });

  it('by package', async () => {
    const rows = await ask('FROM permit.by_package');
    const expected = group(of('deny'), ({ package: name }) => name);
    assert.ok(rows.length === expected.size && expected.has(null) && inOrder(rows, 'denied', true));
    for (const [name, row] of byKey(rows, 'package')) {
      const all = expected.get(name);
      assert.deepEqual(row, {
        package: name,
        denied: sum(all),
        things: things(all),
        deploys: new Set(all.map(({ deploy }) => deploy)).size,
        first_denied: first(all),
        last_denied: last(all),
      });
    }
  });

  it('by day', async () => {
    const rows = await ask('FROM permit.by_day');
    const expected = group(of('deny'), ({ datetime }) => Date.parse(datetime.slice(0, 10)));
    assert.ok(rows.length === expected.size && rows.length > 30 && inOrder(rows, 'day'));
    for (const [day, row] of byKey(rows, 'day')) {
      const all = expected.get(day);
      assert.deepEqual(row, {
        day,
        denied: sum(all),
        things: things(all),
        deploys: new Set(all.map(({ deploy }) => deploy)).size,
      });
    }
  });

  it('what is refused most', async () => {
    const rows = await ask('FROM permit.most_refused');
    const expected = group(of('deny'), (record) => `${record.scope} ${thing(record)}`);
    assert.ok(rows.length === expected.size && inOrder(rows, 'denied', true));
    for (const row of rows) {
      const all = expected.get(`${row.scope} ${row.thing}`);
      const packages = [...new Set(all.map(({ package: name }) => name).filter((name) => name !== null))].toSorted();
      assert.deepEqual(row, {
        scope: row.scope,
        thing: row.thing,
        denied: sum(all),
        packages: packages.length > 0 ? packages : null,
        deploys: new Set(all.map(({ deploy }) => deploy)).size,
        first_denied: first(all),
        last_denied: last(all),
      });
    }
    assert.deepEqual(
      new Set(rows.map(({ scope }) => scope)),
      new Set(['fs.read', 'fs.write', 'net.connect', 'net.resolve', 'child', 'env']),
    );
    assert.equal((await ask('FROM permit.most_refused LIMIT 3')).length, 3);
  });

  it('what was resolved by a deploy, and when', async () => {
    const rows = await ask('FROM permit.resolved');
    const expected = new Map();
    for (const [name, own] of group(records, program)) {
      const deploys = [...group(own, ({ deploy }) => deploy)]
        .map(([deploy, all]) => ({ deploy, all, started: first(of('start', all)) }))
        .toSorted((a, b) => a.started - b.started);
      for (const [key, all] of group(of('deny', own), (record) => `${record.scope} ${thing(record)}`)) {
        const denied = new Set(all.map(({ deploy }) => deploy));
        const next = deploys[deploys.findLastIndex(({ deploy }) => denied.has(deploy)) + 1];
        if (next === undefined) continue;
        expected.set(`${name} ${key}`, {
          denied: sum(all),
          first_denied: first(all),
          last_denied: last(all),
          resolved_by: next.deploy,
          resolved: next.started,
          time_to_resolve: next.started - first(all),
        });
      }
    }
    const found = new Map(
      rows.map(({ program: name, scope, thing: asked, ...row }) => [`${name} ${scope} ${asked}`, row]),
    );
    assert.ok(found.size === rows.length && found.size > 100 && inOrder(rows, 'time_to_resolve', true));
    assert.deepEqual(found, expected);
  });

  it('what was dropped', async () => {
    const rows = await ask('FROM permit.dropped');
    const expected = group(of('dropped'), ({ deploy }) => deploy);
    assert.ok(rows.length > 0);
    assert.deepEqual(
      byKey(rows, 'deploy'),
      new Map(
        rows.map(({ deploy }) => {
          const all = expected.get(deploy);
          return [deploy, { deploy, dropped: sum(all), first_dropped: first(all), last_dropped: last(all) }];
        }),
      ),
    );
    assert.equal(rows.length, expected.size);
  });

  it('lines that are no record are counted, and only they', async () => {
    assert.deepEqual(
      (await ask('FROM permit.unread')).map(({ lines }) => lines),
      [3],
    );
    assert.deepEqual(await ask('SELECT count(*) AS n FROM permit.records'), [{ n: records.length }]);
  });

  it('what was read once can be kept, and is asked the same', async () => {
    const asked = await ask('FROM permit.resolved');
    await ask('CREATE TABLE kept AS FROM permit.records');
    await ask('CREATE OR REPLACE VIEW permit.records AS FROM kept');
    assert.deepEqual(await ask('FROM permit.resolved'), asked);
  });

  it('permit report says the same of one program', async () => {
    // One that enforces from the start: to permit report what an audit would refuse is denied too.
    const [path] = writeFleet(join(folder, 'one'), { bytes: 3e6, services: 1, audits: 0, distinct: 300, seed: 3 });
    const { status, stdout, stderr } = spawnSync(process.execPath, [PRELOAD, 'report', '--json', path], {
      cwd: folder,
      env: cleanEnv(),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    assert.equal(status, 0, stderr);
    const said = JSON.parse(stdout);
    const views = await report(`'${path}'`);
    const deploys = await views('FROM permit.by_deploy');
    assert.deepEqual(
      deploys.map(({ deploy, processes, denied, would_be_denied: second }) => [deploy, processes, denied, second]),
      said.deploys.map(({ deploy, starts, refused, report_only: second }) => [deploy, starts, refused, second]),
    );
    const packages = await views('FROM permit.by_package');
    const sorted = (rows) => rows.map((row) => JSON.stringify(row)).toSorted();
    assert.deepEqual(
      sorted(packages.map(({ package: name, denied }) => [name, denied])),
      sorted(said.packages.filter(({ refused }) => refused > 0).map(({ package: name, refused }) => [name, refused])),
    );
    // It counts where a link leads as a thing of its own.
    const denials = said.denials.filter(({ resource }) => !resource.startsWith('/store/'));
    const refused = await views('FROM permit.most_refused');
    assert.deepEqual(
      sorted(refused.map((row) => [row.scope, row.thing, row.denied, row.deploys, row.first_denied, row.last_denied])),
      sorted(
        denials.map((row) => [
          row.scope,
          row.resource,
          row.refused,
          row.deploys,
          Date.parse(row.first),
          Date.parse(row.last),
        ]),
      ),
    );
    const resolved = await views('FROM permit.resolved');
    assert.ok(resolved.length > 20);
    assert.deepEqual(
      sorted(resolved.map(({ scope, thing: name }) => [scope, name])),
      sorted(denials.filter((row) => row.status === 'gone').map(({ scope, resource }) => [scope, resource])),
    );
    assert.equal(
      (await views('FROM permit.dropped')).reduce((all, { dropped }) => all + dropped, 0),
      said.dropped,
    );
  });

  it('the command asks the same', { skip: programs('duckdb') }, async () => {
    const { status, stdout, stderr } = spawnSync(
      find('duckdb'),
      [
        '-json',
        '-c',
        `SET VARIABLE logs = '${logs}/*.jsonl*'`,
        '-c',
        `.read ${join(ROOT, 'src', 'fleet', 'report.sql')}`,
        '-c',
        'FROM permit.by_day',
      ],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, stderr], [0, '']);
    const expected = (await ask('FROM permit.by_day')).map(({ day, denied }) => [
      new Date(day).toISOString().slice(0, 10),
      denied,
    ]);
    assert.deepEqual(
      JSON.parse(stdout).map(({ day, denied }) => [day, Number(denied)]),
      expected,
    );
  });

  it('says what is missing when no logs are named', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await assert.rejects(
      connection.run(readFileSync(join(ROOT, 'src', 'fleet', 'report.sql'), 'utf8')),
      /SET VARIABLE logs/,
    );
  });

  it('no log, an empty one, and logs in which no optional field is, are no error', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const VIEWS = ['by_deploy', 'by_package', 'by_day', 'most_refused', 'resolved', 'dropped', 'unread'];
    for (const write of [() => {}, () => writeFileSync(join(empty, 'a.jsonl'), '')]) {
      write();
      const views = await report(`'${empty}/*.jsonl'`);
      for (const view of VIEWS) assert.deepEqual(await views(`FROM permit.${view}`), [], view);
    }
    const record = {
      v: 1,
      datetime: '2026-11-21T06:35:33.257Z',
      permission: 'WorkerThreads',
      scope: 'worker',
      value: '',
      decision: 'deny',
      policy: 'enforce',
      package: null,
      pid: 7,
      thread: 0,
      count: 2,
      policy_hash: '',
    };
    writeFileSync(join(empty, 'b.jsonl'), `${JSON.stringify(record)}\n`);
    const views = await report(`['${empty}/a.jsonl', '${empty}/b.jsonl']`);
    for (const view of VIEWS) await views(`FROM permit.${view}`);
    assert.deepEqual(
      (await views('FROM permit.most_refused')).map(({ scope, denied, deploys }) => [scope, denied, deploys]),
      [['worker', 2, 0]],
    );
  });
});
