// Under `allow-env` and `deny-env` what is not allowed is gone: from process.env, /proc, reports,
// threads and children.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { linux } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, held, report } from '../helpers/run.mjs';

const here = join(FIXTURES, 'environment');
const onLinux = !linux();
const env = { SECRET_TOKEN: 'hunter2', PORT: '3000', SVC_REGION: 'eu', SVC_SECRET_KEY: 'hunter2' };
const REST = ['--allow-fs-read=*', '--allow-child-process', '--allow-worker'];

for (const node of NODES) {
  const see = (flags, args = []) => report(held(node, [...REST, ...flags], [join(here, 'see.js'), ...args], { env }));
  const names = (flags, extra = {}) =>
    report(
      held(node, [...REST, ...flags], ['-p', 'JSON.stringify(Object.keys(process.env))'], {
        env: { ...env, ...extra },
      }),
    );
  const gone = {
    port: '3000',
    listed: false,
    has: [false, true],
    whole: false,
    ...(onLinux
      ? {
          environ: 'ERR_ACCESS_DENIED',
          thread: 'ERR_ACCESS_DENIED',
          parent: 'ERR_ACCESS_DENIED',
          outside: false,
          outsideNames: true,
        }
      : {}),
    report: false,
    child: false,
    node: 'undefined3000own',
    again: 'own value',
    worker: null,
    workerHas: false,
    workerNames: false,
  };

  describe(`Node ${node.version}`, () => {
    it('is read by a worker while the main thread changes it, and says there too how names are resolved', () => {
      const run = (...args) =>
        held(node, ['--allow-fs-read=*', '--allow-worker', '--allow-net=a.test'], [join(here, 'race.js'), ...args]);
      const raced = run();
      assert.deepEqual([raced.status, raced.signal], [0, null], raced.stderr);
      assert.deepEqual(report(raced), { asked: true });
      assert.deepEqual(report(run('steered')), { code: 'ERR_ACCESS_DENIED' });
    });

    it('without a rule the environment is as it is', () => {
      const found = see([]);
      assert.deepEqual(
        [found.own, found.whole, found.has, found.child, found.report, found.node],
        ['hunter2', true, [true, true], true, true, 'hunter23000own'],
      );
      if (onLinux) assert.deepEqual([found.environ, found.outside], [true, true]);
    });

    it('what is not in the list is gone', () => {
      assert.deepEqual(see(['--allow-env=default,PORT']), gone);
    });

    it('what is denied is gone', () => {
      assert.deepEqual(see(['--deny-env=SECRET_TOKEN,SVC_SECRET_*']), gone);
    });

    it('what is given up is gone', () => {
      const found = see([`--deny-env=SVC_SECRET_KEY`], ['SECRET_TOKEN']);
      assert.deepEqual(found, { ...gone, before: 'hunter2' });
    });

    it('everything can be given up', () => {
      const found = see([], ['all']);
      assert.deepEqual(
        [found.before, found.own, found.port ?? null, found.listed, found.has],
        ['hunter2', undefined, null, false, [false, false]],
      );
    });

    it('what is given up is gone from live threads when their loops turn, with a value of their own kept', () => {
      const live = (flags) => report(held(node, [...REST, ...flags], [join(here, 'live.js')], { env }));
      const kept = { has: false, secret: null, port: '3000', own: 'own value' };
      assert.deepEqual(live([]), { below: kept, further: kept, above: { ...kept, own: null } });
      assert.deepEqual(live(['--allow-env=SECRET_TOKEN,PORT']), {
        below: kept,
        further: kept,
        above: { ...kept, own: null },
      });
    });

    it('names, patterns and the set of harmless names', () => {
      assert.deepEqual(names(['--allow-env=PORT']), ['PORT']);
      assert.deepEqual(names(['--allow-env=SVC_*', '--deny-env=SVC_SECRET_*']), ['SVC_REGION']);
      const found = names(['--allow-env=default']);
      assert.ok(found.includes('PATH') && found.includes('PORT'));
      for (const name of ['SECRET_TOKEN', 'SVC_REGION', 'PERMIT_OPTIONS', 'NODE_OPTIONS'])
        assert.ok(!found.includes(name), name);
    });

    it('a name that is no text is gone too', { skip: linux() }, () => {
      const script = `exec env "$(printf 'SEC\\377RET')=hunter2" PERMIT_OPTIONS='--allow-env=PORT --allow-fs-read=* --allow-child-process' "${node.path}" -r "${PRELOAD}" -p '
        require("child_process").spawnSync("sh", ["-c", "cat /proc/" + process.pid + "/environ; env"], { encoding: "latin1" }).stdout.includes("hunter2")'`;
      const found = bare({ path: '/bin/sh' }, ['-c', script], { env });
      assert.equal(found.stdout.trim(), 'false', found.stderr);
    });
  });
}
