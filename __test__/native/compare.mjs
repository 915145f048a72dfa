// Runs a plan under Node's own model and under permit and says of every row how the two relate. Two
// runs without any policy stand beside them: the oracle's Node, to see what its model held back
// without a word; the Node under test, to see that what permit lets through is left as it is. What
// is no `same` must stand in differences.mjs.
import { availableParallelism } from 'node:os';
import { NODES, ORACLE } from '../helpers/nodes.mjs';
import { play } from './child.mjs';

const REFUSALS = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_DLOPEN_DISABLED',
  'ERR_LOAD_SQLITE_EXTENSION',
  'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED',
]);

/** Was the call refused by a policy, whatever the way the refusal took? */
export function refused(outcome) {
  if (REFUSALS.has(outcome.code) || outcome.refused) return true;
  return Boolean(outcome.cause && refused(outcome.cause)) || Boolean(outcome.errors?.some(refused));
}

const REFUSAL = ['how', 'name', 'code', 'permission', 'resource', 'message', 'again'];
const RESULT = ['how', 'code', 'message', 'value', 'again'];
const text = (value) => JSON.stringify(value) ?? 'undefined';
const unlike = (fields, a, b) => fields.filter((field) => text(a[field]) !== text(b[field]));

/**
 * How permit's outcome of a row relates to the oracle's:
 * `same`; `absent` on this Node; `otherwise` refused (which fields differ); `refused here` only; `allowed here` only; `disturbed`:
 * let through by both, with another result than the same Node gives without a policy.
 * (`compare` adds `written without a grant`: something changed in a place that the plan lets nobody write.)
 */
export function relate({ oracle, free, permit, bare }) {
  if (permit.how === 'absent' || oracle.how === 'absent') {
    if (permit.how === oracle.how || bare.how === 'absent') return { kind: 'absent', fields: [] };
    return { kind: 'only older', fields: [] };
  }
  if (refused(oracle)) {
    if (!refused(permit)) return { kind: 'allowed here', fields: [] };
    const fields = unlike([...REFUSAL, 'left'], oracle, permit);
    return { kind: fields.length ? 'otherwise' : 'same', fields };
  }
  const heldBack = unlike([...RESULT, 'left'], oracle, free);
  if (heldBack.length) {
    // Node's model changed the result without refusing: the same change, and no more than it, is
    // expected.
    if (!unlike(RESULT, oracle, permit).length && !unlike(['left'], oracle, permit).length)
      return { kind: 'same', fields: [] };
    return { kind: refused(permit) ? 'refused, not silent' : 'not held back', fields: heldBack };
  }
  if (refused(permit)) return { kind: 'refused here', fields: [] };
  const fields = unlike([...RESULT, 'left'], bare, permit);
  return { kind: fields.length ? 'disturbed' : 'same', fields };
}

/** Runs `tasks` (functions that give promises), as many at once as there are processors. */
async function together(tasks) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const mine = next;
      next += 1;
      results[mine] = await tasks[mine]();
    }
  };
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, worker));
  return results;
}

const missing = { how: 'no row', left: {} };

/**
 * Every row of a plan on every Node: `[{ node, plan, id, kind, fields, oracle, free, permit, bare
 * }]`.
 */
export async function compare(plan, nodes = NODES) {
  const [oracle, free, ...rest] = await together([
    () => play(plan, ORACLE, 'oracle'),
    () => play(plan, ORACLE, 'bare'),
    ...nodes.flatMap((node) => [
      () => play(plan, node, 'permit'),
      () => (node === ORACLE ? null : play(plan, node, 'bare')),
    ]),
  ]);
  return nodes.flatMap((node, n) => {
    const permit = rest[2 * n];
    const bare = rest[2 * n + 1] ?? free;
    const ids = new Set([...oracle.keys(), ...permit.keys()]);
    return [...ids].map((id) => {
      const four = {
        oracle: oracle.get(id) ?? missing,
        free: free.get(id) ?? missing,
        permit: permit.get(id) ?? missing,
        bare: bare.get(id) ?? missing,
      };
      const beyond = four.permit.changed?.filter((place) => plan.writable && !plan.writable.includes(place)) ?? [];
      const related = beyond.length ? { kind: 'written without a grant', fields: beyond } : relate(four);
      return { node, plan: plan.name, id, ...related, ...four };
    });
  });
}
