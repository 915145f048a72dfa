// What is run: which case program under which grants. The flags are spelled as Node spells them and
// go to both sides.
import { PROGRAMS } from './child.mjs';

const own = `--allow-fs-read=${PROGRAMS}`;
const read = (...paths) => paths.map((path) => `--allow-fs-read=${path}`);
const write = (...paths) => paths.map((path) => `--allow-fs-write=${path}`);

/** Sets of file grants: the flags, and the places that they let a program write. */
export const FILE_GRANTS = {
  places: {
    writable: ['W', 'B'],
    flags: (root) => [own, ...read(`${root}/R`, `${root}/B`), ...write(`${root}/W`, `${root}/B`)],
  },
  nothing: { writable: [], flags: () => [own] },
  'all read': { writable: [], flags: () => read('*') },
  'all write': { writable: ['R', 'W', 'B', 'N'], flags: () => [own, ...write('*')] },
  all: { writable: ['R', 'W', 'B', 'N'], flags: () => [...read('*'), ...write('*')] },
  'trailing stars': {
    writable: ['W', 'B'],
    flags: (root) => [own, ...read(`${root}/R*`, `${root}/B/*`), ...write(`${root}/W/*`, `${root}/B/*`)],
  },
  slashes: {
    writable: ['W', 'B'],
    flags: (root) => [own, ...read(`${root}/x/../R/`, `${root}//B`), ...write(`${root}/./W`, `${root}/B/.`)],
  },
  'root folder': { writable: ['R', 'W', 'B', 'N'], flags: () => [...read('/'), ...write('/')] },
};

const files = (program, grants) =>
  grants.map((name) => ({ name: `${program} with ${name}`, area: 'fs', program, ...FILE_GRANTS[name] }));
const every = Object.keys(FILE_GRANTS);

export const FS_PLANS = [
  ...files('fs-path', every),
  ...files('fs-two', every),
  ...files('fs-descriptor', ['places', 'nothing', 'all read', 'all write', 'all']),
  ...files('fs-module', ['places', 'nothing', 'all read', 'all']),
  ...files('fs-open', ['places', 'all']),
  ...files('fs-shape', ['places']),
];

const places = (root) => [...read(`${root}/R`, `${root}/B`, PROGRAMS), ...write(`${root}/R`, `${root}/B`)];
/**
 * Sets of grants beyond the files: none, each flag alone, all. Files: `R` (the working folder) and
 * `B`.
 */
const POWERS = [
  'allow-net',
  'allow-child-process',
  'allow-worker',
  'allow-addons',
  'allow-wasi',
  'allow-inspector',
  'allow-openssl-store',
  'allow-ffi',
];
const POWER_GRANTS = new Map([
  ['no power', []],
  ...POWERS.map((flag) => [flag, [`--${flag}`]]),
  ['all powers', POWERS.map((flag) => `--${flag}`)],
]);

const powers = (program, grants, more = {}) =>
  grants.map((name) => ({
    name: `${program} with ${name}`,
    area: program,
    program,
    writable: ['R', 'B'],
    ...more,
    flags: (root) => [...places(root), ...POWER_GRANTS.get(name)],
  }));
const everyPower = [...POWER_GRANTS.keys()];

/** `neighbours` is what stands on loopback: see loopback.mjs. */
export const netPlans = ({ env, hidden }) =>
  powers('net', ['no power', 'allow-net', 'allow-child-process', 'all powers'], { env, hidden });
export const PROCESS_PLANS = powers('process', ['no power', 'allow-child-process', 'allow-worker', 'all powers']);
export const POWER_PLANS = powers(
  'powers',
  everyPower.filter((name) => !/net|child/.test(name)),
  { ffi: true },
);
