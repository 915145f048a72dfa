// OpenTelemetry through the application's own API: what its meter and its logger are given, when
// permit looks for them, and that nothing of it changes what is decided. The packages are the real
// ones, of now and of some years ago.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { TELEMETRY, installTelemetry } from '../helpers/packages.mjs';
import { FIXTURES, held, heldBeside, report, scratch } from '../helpers/run.mjs';

before(installTelemetry);
const folder = scratch();
const [OLD, NEW] = ['old', 'new'].map((name) => join(TELEMETRY, name));
/** The newest needs Node 22. */
const SDKS = (node) => [
  ['before 3.0', TELEMETRY],
  ['of some years ago', OLD],
  ...(node.major >= 22 ? [['since 3.0', NEW]] : []),
];
const VERSION = JSON.parse(readFileSync(join(FIXTURES, '..', '..', 'package.json'), 'utf8')).version;
const reads = [`--allow-fs-read=${TELEMETRY}`];
const DENIED = ['ERR_ACCESS_DENIED', '/etc/passwd'];

const program = (node, name, args, flags = [], rest = {}) => {
  const result = held(node, [...reads, ...flags], [join(TELEMETRY, name), ...args], rest);
  assert.equal(result.status, 0, result.stderr);
  return report(result);
};
const records = (node, deed, { from = TELEMETRY, args = [], flags, ...rest } = {}) =>
  program(node, 'records.js', [from, deed, ...args], flags, rest);
const globals = (node, ...args) => program(node, 'globals.js', args);

/** The lines of Prometheus's text that are no comments, in order. */
const lines = (text) =>
  text
    .split('\n')
    .filter((line) => line && !line.startsWith('#') && !line.startsWith('target_info'))
    .toSorted();
/** What was told of one refusal, without what differs from run to run. */
const brief = ({ body, attributes }) => [body, attributes['permit.count']];
const PASSWD = 'fs.read of /etc/passwd was refused';

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    for (const [name, from] of SDKS(node)) {
      it(`the meter of an SDK ${name} is given what metrics() says, and neither path nor host`, () => {
        const { own, text, rows, version, after, ownAfter } = program(
          node,
          'counts.js',
          [from],
          ['--allow-worker', '--allow-net', '--audit-log=stderr'],
        );
        // The old exporter takes a counter that is observed for a gauge.
        assert.deepEqual(lines(text), lines(from === OLD ? own.replaceAll('_total', '') : own));
        assert.equal(version, VERSION);
        const told = new Map(
          rows.map(({ name: of, attributes, value }) => [[of, ...Object.values(attributes)].join(' '), value]),
        );
        // One on the main thread and one on another.
        assert.equal(told.get('permit.checks fs.read deny'), 2);
        assert.ok(told.get('permit.checks fs.read allow') > 3);
        assert.deepEqual([told.get('permit.records'), told.get('permit.records_dropped')], [2, 0]);
        assert.deepEqual([...new Set(rows.map(({ name: of, unit }) => `${of} ${unit}`))].toSorted(), [
          'permit.checks {check}',
          'permit.policy_info {policy}',
          'permit.records {record}',
          'permit.records_dropped {record}',
        ]);
        for (const { attributes } of rows) {
          assert.ok(
            Object.keys(attributes).every((label) =>
              ['scope', 'decision', 'mode', 'policy_hash', 'version'].includes(label),
            ),
            JSON.stringify(attributes),
          );
          assert.ok(
            Object.values(attributes).every((value) => !/[/:]/.test(value)),
            JSON.stringify(attributes),
          );
        }
        // A drop makes it another policy; an SDK goes on telling what it was once told.
        const policies = after
          .filter(({ name: of }) => of === 'permit.policy_info')
          .map(({ attributes, value }) => [attributes.policy_hash, value]);
        const [, hash] = /policy_hash="([^"]+)"/.exec(ownAfter);
        assert.deepEqual(
          policies.map(([of, value]) => [of === hash, value]),
          [
            [false, 0],
            [true, 1],
          ],
        );
      });

      it(`the logger of an SDK ${name} is given a refusal before the program hears of it`, () => {
        const { error, atOnce, records: later } = records(node, 'read', { from });
        assert.deepEqual(error, DENIED);
        assert.deepEqual(atOnce, later);
        const [{ at, attributes, ...record }, ...rest] = atOnce;
        assert.deepEqual(rest, []);
        const named = from === OLD ? {} : { eventName: 'permit.refusal' };
        assert.deepEqual(record, {
          ...named,
          body: PASSWD,
          severityNumber: 13,
          severityText: 'WARN',
          scope: '@org/permit',
        });
        assert.ok(Math.abs(Date.now() - at) < 60_000);
        const { 'permit.policy_hash': hash, ...told } = attributes;
        assert.match(hash, /^[0-9a-f]{64}$/);
        assert.deepEqual(told, {
          'permit.permission': 'FileSystemRead',
          'permit.scope': 'fs.read',
          'permit.resource': '/etc/passwd',
          'permit.decision': 'deny',
          'permit.policy': 'enforce',
          'permit.count': 1,
          'thread.id': 0,
          'error.type': 'ERR_ACCESS_DENIED',
          'permit.rule': '--allow-fs-read=/etc/passwd',
          'permit.package': 'telemetry',
          'file.path': '/etc/passwd',
        });
      });
    }

    it('beside a log the same is told', () => {
      const log = join(folder, `log-${node.major}`);
      const { records: told } = records(node, 'read', { flags: [`--audit-log=${log}`] });
      const line = readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text))
        .find(({ decision }) => decision === 'deny');
      const of = (name) => told[0].attributes[`permit.${name}`];
      assert.deepEqual(
        [of('scope'), of('resource'), of('rule'), of('package'), of('policy_hash')],
        [line.scope, line.value, line.rule, line.package, line.policy_hash],
      );
    });

    it('an address is named by the conventions', () => {
      const {
        error,
        records: [{ body, attributes }],
      } = records(node, 'connect', { flags: ['--deny-net=127.0.0.1'] });
      assert.deepEqual(error, ['ERR_ACCESS_DENIED', '127.0.0.1:9']);
      assert.equal(body, 'net.connect of 127.0.0.1:9 was refused');
      assert.deepEqual([attributes['server.address'], attributes['server.port']], ['127.0.0.1', 9]);
    });

    it('a refusal belongs to the span that is active', () => {
      assert.deepEqual(
        records(node, 'span').records.map(({ trace }) => trace),
        ['ab'.repeat(16)],
      );
    });

    it('what was refused before there was an SDK is told when it is there, and the meter is found', () => {
      const { error, atOnce, records: told, early, collected } = records(node, 'late');
      assert.deepEqual([error, atOnce], [DENIED, []]);
      assert.deepEqual([told.map(brief), early, collected], [[[PASSWD, 1]], true, 1]);
    });

    it('an API without an SDK, and none at all, change nothing', () => {
      assert.deepEqual(records(node, 'alone').error, DENIED);
      const away = join(folder, `away-${node.major}`);
      mkdirSync(away);
      writeFileSync(join(away, 'globals.js'), readFileSync(join(TELEMETRY, 'globals.js')));
      const look = (flags, env) => {
        const { error, ...found } = report(
          held(
            node,
            [`--allow-fs-read=${away}`, '--allow-fs-read=/proc/self/task', ...flags],
            [join(away, 'globals.js'), 'looks'],
            { env },
          ),
        );
        assert.equal(error[0], 'ERR_ACCESS_DENIED');
        return found;
      };
      assert.deepEqual(look([]), { looks: 0, threads: [] });
      // A program that was bundled has a variable for its SDK, and one in a store of pnpm has the
      // API there.
      const { looks, threads } = look([], { OTEL_SERVICE_NAME: 'x' });
      assert.ok(looks > 0);
      assert.deepEqual(threads, ['permit alarms']);
      mkdirSync(join(away, 'node_modules', '.pnpm', 'node_modules', '@opentelemetry'), { recursive: true });
      symlinkSync(
        join(TELEMETRY, 'node_modules', '@opentelemetry', 'api'),
        join(away, 'node_modules', '.pnpm', 'node_modules', '@opentelemetry', 'api'),
      );
      assert.ok(look([]).looks > 0);
    });

    it('modules, preloads and programs on the command line have it too', () => {
      assert.deepEqual(report(held(node, reads, [join(TELEMETRY, 'loaded.mjs')])), [['permit.refusal', PASSWD]]);
      // The SDK is above a preload and not above the program.
      const main = join(folder, `main-${node.major}.js`);
      copyFileSync(join(TELEMETRY, 'refused.js'), main);
      const preload = join(TELEMETRY, 'preload.js');
      writeFileSync(preload, "globalThis.sdk = require('./sdk.js').start()");
      assert.deepEqual(report(held(node, reads, ['-r', preload, main])), [PASSWD]);
      const text = `const sdk = require('./sdk.js').start(); ${readFileSync(main, 'utf8')}`;
      assert.deepEqual(report(held(node, reads, ['-e', text], { cwd: TELEMETRY })), [PASSWD]);
    });

    it('a version that is not known is left alone', () => {
      for (const version of ['2.0.0', '1.2.9', '1.9.0-rc.1', '1.9', '01', 'none']) {
        assert.deepEqual(
          globals(node, 'versions', version),
          { error: [...DENIED, ['code', 'permission', 'resource', 'grant']], calls: [] },
          version,
        );
      }
      const { calls } = globals(node, 'versions', '1.10.0');
      assert.deepEqual(
        calls.map(([name]) => name),
        [
          'getMeter',
          'createObservableCounter',
          'createObservableCounter',
          'createObservableCounter',
          'createObservableGauge',
          'addBatchObservableCallback',
        ],
      );
      assert.deepEqual(calls[0], ['getMeter', '@org/permit', VERSION]);
      const { seen } = globals(node, 'another version of logs');
      assert.deepEqual([...new Set(seen)], [1]);
    });

    it('whatever stands there, the refusal is what it is', () => {
      const refusal = [...DENIED, ['code', 'permission', 'resource', 'grant']];
      assert.deepEqual(globals(node, 'throws'), { error: refusal });
      assert.deepEqual(globals(node, 'changes all the time'), { error: refusal, errors: [refusal] });
      for (const [deed, seen] of [
        ['emit throws', 'emit'],
        ['emit has no end', 'emit'],
        ['emit is refused', 'ERR_ACCESS_DENIED'],
      ]) {
        const { error, seen: told } = globals(node, deed);
        assert.deepEqual([error, told.filter((entry) => typeof entry === 'string')], [refusal, [seen]], deed);
      }
    });

    it('the program is handed copies, and nothing that permit stands on', () => {
      const { seen, calls, observed, returned, odd } = globals(node, 'arguments');
      const [first, , third] = [0, 1, 2].map((at) => seen[at]);
      assert.deepEqual(
        [first, third],
        [
          ['version', 1, 1],
          [
            'emit',
            true,
            1,
            ['eventName', 'timestamp', 'severityNumber', 'severityText', 'body', 'attributes'],
            true,
            true,
          ],
        ],
      );
      assert.deepEqual(seen[1], ['getLogger', true, ['@org/permit', VERSION]]);
      assert.deepEqual(
        seen.filter(([what]) => what === 'caller'),
        [['caller', true]],
      );
      assert.deepEqual(calls, ['permit.checks', 'permit.records', 'permit.records_dropped', 'permit.policy_info', 4]);
      assert.deepEqual(
        observed
          .map(([own, count, of, value]) => [own, count, of, value])
          .filter(([own, count, , value]) => !own || count !== 3 || value !== 'number'),
        [],
      );
      assert.equal(returned, 'undefined');
      assert.equal(odd.length, 6);
    });

    it('what only is recorded is told on a later turn, never between the question and the call', () => {
      const audit = report(held(node, ['--permission-audit'], [join(TELEMETRY, 'globals.js'), 'deferred']));
      assert.equal(audit.during, 0);
      assert.ok(audit.seen.includes('audit') && audit.seen.every((policy) => policy === 'audit'));
      const second = join(folder, `second-${node.major}.json`);
      writeFileSync(second, JSON.stringify({ permission: { 'allow-fs-read': [TELEMETRY] } }));
      const both = report(
        held(node, ['--allow-fs-read=*', `--report-only=${second}`], [join(TELEMETRY, 'globals.js'), 'deferred']),
      );
      assert.deepEqual(both, { during: 0, seen: ['report-only'] });
    });

    it('an exporter that is refused itself is told nothing of it', () => {
      const once = records(node, 'exporter', { args: ['at once'] });
      assert.deepEqual(once, { error: DENIED, atOnce: 1, exported: [PASSWD] });
      // On a turn of its own it is a refusal like any other: told, and the next one counted.
      for (const [way, told] of [
        ['later', 'fs.write of /nowhere was refused'],
        ['to a host', 'net.connect of 127.0.0.1:9 was refused'],
      ]) {
        const { error, atOnce, exported } = records(node, 'exporter', { args: [way], flags: ['--deny-net=127.0.0.1'] });
        assert.deepEqual([error, atOnce, exported], [DENIED, 1, [PASSWD, told]], way);
      }
    });

    it('each thread has its own logger, and the meter is that of the process', () => {
      const { own, without, main } = records(node, 'threads', { flags: ['--allow-worker'] });
      assert.deepEqual(own.error, ['ERR_ACCESS_DENIED', '/etc/hosts']);
      assert.deepEqual(
        own.records.map((record) => [...brief(record), record.attributes['thread.id']]),
        [['fs.read of /etc/hosts was refused', 1, 1]],
      );
      assert.equal(own.collected, 0);
      assert.deepEqual([without.error, without.records, main], [['ERR_ACCESS_DENIED', '/etc/hosts'], [], []]);
    });

    it('what a program replaces is not looked up', () => {
      const { error, records: told } = records(node, 'replaced');
      assert.deepEqual([error, told.map(brief)], [DENIED, [[PASSWD, 1]]]);
    });

    it('a program that ends at once ends, and shows what it shows where nobody looks', () => {
      const away = join(folder, `nothing-${node.major}.js`);
      writeFileSync(away, readFileSync(join(TELEMETRY, 'globals.js')));
      const [here, elsewhere] = [join(TELEMETRY, 'globals.js'), away].map((main) =>
        held(node, reads, [main, 'nothing']),
      );
      assert.deepEqual([here.status, here.signal, here.stderr], [0, null, '']);
      assert.deepEqual(report(here), report(elsewhere));
    });
  });
}

describe('a flood', () => {
  const each = (deed) =>
    Promise.all(
      NODES.map(async (node) => [
        node.version,
        report(await heldBeside(node, reads, [join(TELEMETRY, 'records.js'), TELEMETRY, deed])),
      ]),
    );

  it('of the same is told once, and after a while how often it came', async () => {
    for (const [version, { first, second, third }] of await each('loop')) {
      assert.deepEqual(
        first.map(brief),
        [
          [PASSWD, 1],
          ['fs.read of /etc/hosts was refused', 1],
        ],
        version,
      );
      assert.deepEqual(second.slice(2).map(brief), [[PASSWD, 999]], version);
      assert.equal(third, 3, version);
    }
  });

  it('of different ones is bounded, and what finds no room is counted', async () => {
    for (const [version, { first, rest }] of await each('many')) {
      assert.equal(first, 1024, version);
      assert.deepEqual(
        rest.map(({ eventName, attributes }) => [eventName, attributes['permit.count']]),
        [['permit.refusals_dropped', 1976]],
        version,
      );
    }
  });
});
