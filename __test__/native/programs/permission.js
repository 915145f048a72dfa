// What process.permission.has and drop answer: a random sequence of both, drawn from a seed, over
// paths in every shape and over every scope that Node knows. The same seed asks the same questions
// on every Node and under either model.
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const STEPS = 400;

/** mulberry32: small, seeded, the same everywhere. */
function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

const SCOPES = [
  'fs',
  'fs.read',
  'fs.write',
  'fs.read',
  'fs.write',
  'fs.read',
  'fs.write',
  'net',
  'child',
  'worker',
  'addon',
  'wasi',
  'inspector',
  'ffi',
  'openssl.store',
];
const STRANGE_SCOPES = [
  'addons',
  'env',
  'net.connect',
  'net.listen',
  '',
  '*',
  'fs.',
  'FS.READ',
  'FileSystemRead',
  '__proto__',
  'constructor',
  'vfs',
  'process',
  'fs.in',
  'openssl-store',
  'sqlite',
  'report',
];
const WRONG = [
  () => 1,
  () => true,
  () => ({}),
  () => [],
  () => Symbol('s'),
  () => 1n,
  () => new String('fs.read'),
  () => () => {},
  () => new DataView(new ArrayBuffer(2)),
  () => new Uint16Array(2),
  () => new ArrayBuffer(2),
  () => new Date(0),
  () => NaN,
];
/** Names below the root: what exists (see tree.mjs) and what does not. */
const NAMES = [
  '',
  'R',
  'W',
  'B',
  'N',
  'R/0',
  'R/0/f.txt',
  'R/0/sub',
  'R/0/sub/deep',
  'R/0/sub/deep/deepest.txt',
  'B/0/sub/inner.txt',
  'W/0/f.txt',
  'N/0/f.txt',
  'N/secret.txt',
  'later',
  'later/a',
  'R/0/fx',
  'R/0/su',
  'R/00',
  'RR',
  'B/0/missing',
  'x/*',
  'R/*',
  'R/0/*',
  'R/0/s*',
  'R/0/f*',
  'R/?',
  '*',
];

const SHAPES = [
  (p) => p,
  (p) => p,
  (p) => p,
  (p) => p,
  (p) => path.relative(process.cwd(), p),
  (p) => `${p}/`,
  (p) => `${p}/.`,
  (p) => `${p}/x/..`,
  (p) => p.replace(/\//g, '//'),
  (p) => `${path.dirname(p)}/./${path.basename(p)}`,
  (p) => `/../${p}`,
  (p) => Buffer.from(p),
  (p) => new Uint8Array(Buffer.from(p)),
  (p) => new Uint8Array([...Buffer.from('//'), ...Buffer.from(p)]).subarray(2),
  (p) => pathToFileURL(p),
  (p) => new URL(`file://${p}`),
  (p) => `file://${p}`,
  (p) => Buffer.from(path.relative(process.cwd(), p)),
  (p) => `./${path.relative(process.cwd(), p)}`,
  (p) => `${p}\0x`,
  (p) => `${p}ü`,
  (p) => p.toUpperCase(),
  (p) => `${p}${'/x'.repeat(2000)}`,
];
const ODD = [
  () => null,
  () => undefined,
  () => '',
  () => Buffer.alloc(0),
  () => new Uint8Array(0),
  () => '.',
  () => '..',
  () => '/',
  () => '*',
  () => '/*',
  () => '~',
  () => new URL('http://127.0.0.1/x'),
  () => new URL('file://host/x'),
  () => new URL('file:///a%2Fb'),
  () => 'a'.repeat(10_000),
  () => ' ',
  () => '\0',
];

/**
 * One question: `{ verb, args, told }`. `whole` drops are rare, or nothing would be left to ask
 * about.
 */
function question(random, root) {
  const kind = random.next();
  const verb = random.next() < 0.1 ? 'drop' : 'has';
  const scope = kind < 0.05 ? random.pick(WRONG)() : kind < 0.12 ? random.pick(STRANGE_SCOPES) : random.pick(SCOPES);
  const form = random.next();
  const made =
    form < 0.72
      ? random.pick(SHAPES)(path.join(root, random.pick(NAMES)))
      : form < 0.82
        ? random.pick(ODD)()
        : form < 0.88
          ? random.pick(WRONG)()
          : undefined;
  const args = form >= 0.88 ? [scope] : [scope, made];
  const told = (value) =>
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 120))
      : value instanceof URL
        ? `URL ${value.href}`
        : value instanceof Uint8Array
          ? `${value.constructor.name} ${JSON.stringify(Buffer.from(value).toString().slice(0, 120))}`
          : typeof value === 'object' && value
            ? value.constructor.name
            : String(typeof value === 'bigint' ? `${value}n` : String(value));
  const keeps =
    verb === 'drop' &&
    (args.length < 2 ||
      made === undefined ||
      made === null ||
      made === '' ||
      (typeof scope === 'string' && /^(net|child|worker|addon|wasi|inspector|ffi|openssl)/.test(scope))) &&
    random.next() < 0.9;
  return { verb: keeps ? 'has' : verb, args, told: `${keeps ? 'has' : verb}(${args.map(told).join(', ')})` };
}

/** The questions of a seed, as seeds of their own. */
function questions(seed) {
  const random = chance(seed);
  return Array.from({ length: STEPS }, () => random.below(2 ** 31));
}

// What was dropped before is part of a question: the rows are asked in this order, in one process.
questions(Number(process.env.ROWS_SEED ?? 1)).forEach((own, n) => {
  add({
    id: `question ${n}`,
    form: 'sync',
    ...(n === 0 ? { places: ['R', 'W', 'B', 'N'], needs: ['f.txt', 'sub'] } : {}),
    call(t) {
      const { verb, args } = question(chance(own), t.root);
      return process.permission[verb](...args);
    },
    told: (root) => question(chance(own), root).told,
  });
});

module.exports = Object.assign(rows, { chance, question, questions, NAMES });
if (require.main === module) run(rows);
