// The published holes of Node's Permission Model, and the ways round it that are known without a
// number: one program an attack, in `__test__/attacks`. Each gets what it is after where nothing
// holds it, gets nothing under the policy in its header, and gets it again where that policy grants
// it: so that neither a typo nor a blanket refusal passes as held.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { SCENARIOS, account, met, named, run } from '../helpers/attack.mjs';
import { everyLine } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { ROOT } from '../helpers/run.mjs';

for (const scenario of SCENARIOS) await named(scenario);

/**
 * The published holes of the model, and the one of Node's that lets a process out of a narrower
 * one.
 */
const PUBLISHED = `
  CVE-2023-30582 CVE-2023-30583 CVE-2023-30584 CVE-2023-30586 CVE-2023-30587 CVE-2023-32003 CVE-2023-32004 CVE-2023-32005
  CVE-2023-32558 CVE-2023-39331 CVE-2023-39332 CVE-2024-21890 CVE-2024-21891 CVE-2024-21896 CVE-2024-22017 CVE-2024-22018
  CVE-2024-36137 CVE-2024-37372 CVE-2025-23083 CVE-2025-23084 CVE-2025-27210 CVE-2025-55130 CVE-2025-55132 CVE-2026-21636
  CVE-2026-21711 CVE-2026-21715 CVE-2026-21716 CVE-2026-48617 CVE-2026-48935 CVE-2026-48936 CVE-2026-56847 CVE-2026-58039
  CVE-2026-58043 CVE-2026-106071 CVE-2026-106073`
  .trim()
  .split(/\s+/);

/** Those of Windows' paths: permit's rules for them are tried by cargo, on every platform. */
const WINDOWS = {
  'CVE-2024-37372': ['a_share_is_never_taken_for_a_drive', 'shares_keep_server_and_share_as_the_root'],
  'CVE-2025-23084': ['a_drive_in_the_middle_of_a_path_is_refused'],
  'CVE-2025-27210': ['a_device_name_does_not_hide_the_dots_after_it', 'what_windows_would_read_otherwise_is_refused'],
};

/** Those that cannot be tried, and why. */
const UNTRIED = {
  'CVE-2024-22017':
    'setuid() did not reach the threads of io_uring: users and groups have no scope, in Node or here, and io_uring is off in every supported Node',
};

/** The lines of `Refused` that were met on some Node, by attack. */
const used = new Map(SCENARIOS.map(({ name }) => [name, new Set()]));

for (const node of NODES) {
  describe(`Node ${node.version}`, { concurrency: 2 }, () => {
    for (const scenario of SCENARIOS) {
      describe(scenario.name, () => {
        const absent = scenario.absent(node);
        const allowed = (name) => name.startsWith('+ ');
        it('gets through where nothing holds it', async () => {
          for (const outcome of await run(scenario, node, 'bare')) {
            if (absent.has(outcome.name)) assert.equal(outcome.taken, false, `not absent: ${account(outcome)}`);
            else if (allowed(outcome.name)) assert.ok(outcome.said?.got, account(outcome));
            else assert.ok(outcome.taken, account(outcome));
          }
        });
        it('is held', async () => {
          for (const outcome of await run(scenario, node, 'held')) {
            if (allowed(outcome.name)) {
              if (!absent.has(outcome.name)) assert.ok(outcome.said?.got, account(outcome));
              continue;
            }
            assert.equal(outcome.taken, false, `got through: ${account(outcome)}`);
            assert.equal(outcome.leaked, false, `said the secret: ${account(outcome)}`);
            assert.equal(outcome.around, false, `changed something: ${account(outcome)}`);
            if (absent.has(outcome.name)) continue;
            const line = met(outcome);
            assert.notEqual(line, -1, `refused otherwise: ${account(outcome)}`);
            used.get(scenario.name).add(line);
          }
        });
        it('works where it is granted', { skip: !scenario.controlled && scenario.control }, async () => {
          for (const outcome of await run(scenario, node, 'control')) {
            if (!absent.has(outcome.name) && !allowed(outcome.name)) assert.ok(outcome.taken, account(outcome));
          }
        });
      });
    }
  });
}

describe('every published hole', () => {
  for (const id of PUBLISHED) {
    it(`${id} has an attack, or a reason`, () => {
      const found = SCENARIOS.filter(({ name }) => new RegExp(`(^|-)${id.toLowerCase()}-`).test(name));
      for (const { prose, name } of found) assert.ok(prose.includes(id), `${name} says nothing of ${id}`);
      assert.equal(found.length + (id in WINDOWS) + (id in UNTRIED), 1, found.map(({ name }) => name).join());
    });
  }
  for (const [id, tests] of Object.entries(WINDOWS)) {
    it(`${id} is tried by cargo`, () => {
      const source = readFileSync(join(ROOT, 'src', 'policy', 'path', 'windows.rs'), 'utf8');
      for (const test of tests) assert.match(source, new RegExp(`#\\[test\\]\\s+fn ${test}\\(\\) \\{`));
    });
  }
  it('no attack names one that is not in the list', () => {
    const ids = readdirSync(join(ROOT, '__test__', 'attacks')).flatMap((name) => name.match(/cve-\d+-\d+/g) ?? []);
    assert.deepEqual(
      ids.filter((id) => !PUBLISHED.includes(id.toUpperCase())),
      [],
    );
  });
});

describe('the headers', () => {
  for (const { name, keys, prose } of SCENARIOS) {
    it(`${name} says what it is, what it is after and how it is refused`, () => {
      assert.ok(prose.length > 80, prose);
      for (const key of ['Policy', 'Takes', 'Refused', 'Control']) assert.ok(keys[key].length > 0, key);
      assert.equal(keys.Control.length, 1);
      assert.match(keys.Control[0], /^(none: .{10,}|without the drop|only --.*|--.*)$/);
      // A line of `Refused` may be for one line of Node.
      if (everyLine()) return;
      assert.deepEqual(
        keys.Refused.filter((_, line) => !used.get(name).has(line)),
        [],
        'no way is refused so',
      );
    });
  }
});
