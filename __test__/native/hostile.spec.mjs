// The whole fs census again after a program has replaced what it can reach: the same calls are
// refused, and what is let through touches only what was granted. The census beside it ran under
// the same policy and left the built-ins alone.
import assert from 'node:assert';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES } from '../helpers/run.mjs';
import { play } from './child.mjs';
import { refused } from './compare.mjs';
import { FILE_GRANTS } from './plans.mjs';

const folder = join(FIXTURES, 'tamper');
const PROGRAMS = ['fs-path', 'fs-two', 'fs-descriptor', 'fs-module', 'fs-open'];
/**
 * Ways that lie about paths, towards what is granted and away from it. The others change nothing
 * that Node is told.
 */
const LIES = [
  'String, RegExp, Object and JSON',
  'Array, Map and Set',
  'Function and Reflect',
  'Buffer and bytes',
  'path and URL',
  'accessors on Array.prototype',
  'module internals',
];
const OTHERS = ['Error', 'accessors on Object.prototype', 'process.permission', 'permit again'];
/** The census of shapes is long: it is for the ways that a shape can meet. */
const SHAPED = ['Buffer and bytes', 'path and URL', 'accessors on Object.prototype'];
const programsFor = (way, aim) => (aim === 'B' && SHAPED.includes(way) ? [...PROGRAMS, 'fs-shape'] : PROGRAMS);
const { writable, flags } = FILE_GRANTS.places;

function plan(program, way, aim) {
  return {
    name: `${program} after ${way ?? 'nothing'}`,
    program,
    marked: aim === 'N' ? 'everywhere' : 'own',
    deaths: 40,
    flags: (root) => [...flags(root), `--allow-fs-read=${folder}`],
    env: {
      ROWS_HOSTILE: join(folder, way ? 'hostile.js' : 'friendly.js'),
      HOSTILE_WAY: way ?? '',
      HOSTILE_AIM: aim ?? '',
    },
  };
}

const told = ({ how, code, permission, resource, value, message }) =>
  [how, code, permission, resource, value ?? message?.slice(0, 120)].filter((one) => one !== undefined).join(' | ');
/** What only `N` holds, and `W`, which may be written and not read: texts, names, sizes. */
const SECRET = /\bof [NW]\b|in-[NW]\.txt|\b10[24] bytes/;

/** What a row may not do, whatever was tampered with; `before` is its outcome when nothing was. */
export function wrong(before, after, strict) {
  const beyond = after.changed.filter((place) => !writable.includes(place));
  if (beyond.length) return `changed ${beyond}: ${JSON.stringify(after.left)}`;
  if (SECRET.test(after.value ?? '') && !SECRET.test(before.value ?? '')) return 'told what nobody granted';
  if (!strict || !refused(before)) return undefined;
  // `existsSync` takes an error of the program's for an answer.
  if (after.how === 'ok' && after.value !== 'false') return 'let through';
  if (!refused(after)) return undefined;
  const unlike = ['permission', 'resource'].filter((field) => before[field] !== after[field]);
  return unlike.length ? `refused with another ${unlike.join(' and ')}` : undefined;
}

async function together(tasks) {
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < tasks.length) {
      const mine = next;
      next += 1;
      results[mine] = await tasks[mine]();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    let calm;
    const censusOf = (programs, way, aim) =>
      together(programs.map((program) => async () => [program, await play(plan(program, way, aim), node, 'permit')]));

    it('the census stands when nothing was tampered with', async () => {
      calm = new Map(await censusOf([...PROGRAMS, 'fs-shape']));
      const rows = [...calm.values()].flatMap((outcomes) => [...outcomes.values()]);
      assert.ok(rows.length > 15_000, `only ${rows.length} rows`);
      assert.ok(rows.filter(refused).length > 2000, 'too few refusals');
      assert.deepEqual(rows.filter((row) => wrong(row, row, true)).map(told), []);
    });

    const tries = [
      ...LIES.flatMap((way) => [
        [way, 'N'],
        [way, 'B'],
      ]),
      ...OTHERS.map((way) => [way, 'B']),
    ];
    for (const [way, aim] of tries) {
      const strict = OTHERS.includes(way);
      it(
        strict ? `${way}: every refusal stays` : `${way}, with lies towards ${aim}: nothing is let through`,
        async (t) => {
          let rows = 0;
          let same = 0;
          const found = [];
          for (const [program, outcomes] of await censusOf(programsFor(way, aim), way, aim)) {
            for (const [id, after] of outcomes) {
              const before = calm.get(program).get(id);
              if (!before) continue;
              rows += 1;
              if (refused(before) && refused(after)) same += 1;
              const why = wrong(before, after, strict);
              if (why) found.push(`${id}: ${why}\n    before: ${told(before)}\n    after : ${told(after)}`);
            }
          }
          t.diagnostic(`${rows} rows, ${same} refused again`);
          assert.ok(rows > 40, `only ${rows} rows ran`);
          assert.equal(found.length, 0, `${found.length} rows:\n${found.slice(0, 12).join('\n')}`);
        },
      );
    }
  });
}
