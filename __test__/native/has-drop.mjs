// Asks the questions of programs/permission.js under Node's model and under permit, for grant sets
// drawn from a seed, and says of every answer how the two relate.
import { NODES, ORACLE } from '../helpers/nodes.mjs';
import { play, PROGRAMS, tableOf } from './child.mjs';
import { Model } from './model.mjs';

const { chance, question, questions, NAMES } = tableOf('permission');
const POWERS = [
  '--allow-net',
  '--allow-child-process',
  '--allow-worker',
  '--allow-addons',
  '--allow-wasi',
  '--allow-inspector',
  '--allow-ffi',
  '--allow-openssl-store',
];
/**
 * A grant is no pattern that Node does not know, and never everything (that leaves nothing to ask).
 */
const GRANTABLE = NAMES.filter((name) => !name.includes('?') && name !== '*' && name !== '');

/** The grant set of a seed: names below the root, and flags. */
export function grantsOf(seed) {
  const random = chance(seed);
  const names = (most) => Array.from({ length: random.below(most) }, () => random.pick(GRANTABLE));
  const set = { read: names(7), write: names(5), flags: POWERS.filter(() => random.next() < 0.3) };
  return random.next() < 0.1 ? { ...set, read: ['*'] } : set;
}

const placed = (root, name) => (name === '*' ? name : `${root}/${name}`);

export function planOf(seed) {
  const set = grantsOf(seed);
  return {
    name: `seed ${seed}`,
    program: 'permission',
    env: { ROWS_SEED: String(seed) },
    flags: (root) => [
      `--allow-fs-read=${PROGRAMS}`,
      ...set.read.map((name) => `--allow-fs-read=${placed(root, name)}`),
      ...set.write.map((name) => `--allow-fs-write=${placed(root, name)}`),
      ...set.flags,
    ],
  };
}

const answer = ({ how, value, code, message }) => JSON.stringify([how, value, code, message]);

/**
 * What the model says to each question of a seed: true, false, or undefined where it has no
 * opinion.
 */
function verdicts(seed) {
  const root = '/dev/shm/model';
  const set = grantsOf(seed);
  const model = new Model(root, {
    read: [...set.read.map((name) => placed(root, name)), PROGRAMS],
    write: set.write.map((name) => placed(root, name)),
    flags: set.flags,
  });
  const here = process.cwd();
  process.cwd = () => `${root}/R`; // the questions and the model resolve against the program's folder
  try {
    return questions(seed).map((own) => {
      const { verb, args } = question(chance(own), root);
      const [scope, reference] = args;
      const named =
        reference === undefined ||
        reference === null ||
        typeof reference === 'string' ||
        reference instanceof Uint8Array ||
        reference instanceof URL;
      if (
        typeof scope !== 'string' ||
        !named ||
        !/^(fs(\.read|\.write)?|net|child|worker|addon|wasi|inspector|ffi|openssl\.store)$/.test(scope)
      )
        return undefined;
      try {
        if (verb === 'drop') return void model.drop(...args);
        return model.has(...args);
      } catch {
        return undefined;
      }
    });
  } finally {
    process.cwd = () => here;
  }
}

/** Every answer on every Node: `[{ node, plan, id, asked, kind, oracle, permit, model }]`. */
export async function askAll(seed, nodes = NODES) {
  const plan = planOf(seed);
  const model = verdicts(seed);
  const [oracle, ...permits] = await Promise.all([
    play(plan, ORACLE, 'oracle'),
    ...nodes.map((node) => play(plan, node, 'permit')),
  ]);
  return nodes.flatMap((node, n) =>
    [...oracle.keys()].map((id) => {
      const there = oracle.get(id);
      const permit = permits[n].get(id) ?? { how: 'no row' };
      const says = model[Number(id.split(' ')[1])];
      let kind = 'same';
      if (answer(there) !== answer(permit)) {
        if (there.value === 'true' && permit.value === 'false') kind = 'refused here';
        else if (there.value === 'false' && permit.value === 'true') kind = 'allowed here';
        else kind = 'otherwise';
      }
      return {
        node,
        plan: plan.name,
        id: `${id}: ${there.asked}`,
        kind,
        fields: [],
        oracle: there,
        permit,
        bare: {},
        model: says,
      };
    }),
  );
}
