'use strict';
// What the programs in `__test__/attacks` are made of: ways to one thing, tried one after the
// other, each in a place of its own. Tells on stdout, a line a way, what it got or how it was
// refused. Without places it tells the names of its ways.
const { writeSync } = require('fs');
const { inspect } = require('util');
const { exit } = process;
const { stringify, parse } = JSON;
const drop = process.permission?.drop;

/** What a value says: the bytes of what was read, the fields of anything else. */
function show(value) {
  if (!value) return undefined;
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  return inspect(value, { depth: 3, maxArrayLength: null });
}

/** The refusal in an error; `fetch` and its like wrap it. */
function told(error) {
  const { code, permission, resource, message } = error?.code ? error : (error?.cause ?? error ?? {});
  return { code, permission, resource, message: String(message).slice(0, 300) };
}

const late = () =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(Object.assign(new Error('late'), { code: 'LATE' })), 10_000).unref();
  });

async function attempt(ways) {
  const names = Object.keys(ways);
  if (process.argv.length < 3) return writeSync(1, stringify(names));
  const { places, only, gives } = parse(process.argv[2]);
  for (const [index, name] of names.entries()) {
    if (only !== undefined && only !== index) continue;
    let outcome;
    try {
      const place = { ...places[index], drop: gives ? drop : () => {} };
      outcome = { got: show(await Promise.race([ways[name](place), late()])) };
    } catch (error) {
      outcome = told(error);
    }
    attempt.tell(name, outcome);
  }
  return exit();
}

const kept = [];

/** A `FileHandle` that the collector must not close: on Node 26 that ends the process. */
attempt.keep = (handle) => {
  kept.push(handle);
  return handle;
};

/** Tells what became of a way. */
attempt.tell = (name, outcome) => writeSync(1, `${stringify({ name, ...outcome })}\n`);

/** The promise of what a function hands its callback. */
attempt.called = (call) =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value ?? 'done')));
  });

/** The promise of an event of an emitter; an `'error'` rejects it. */
attempt.event = (emitter, name) =>
  new Promise((resolve, reject) => {
    emitter.on('error', reject);
    emitter.on(name, (value) => resolve(value ?? 'done'));
  });

/**
 * A program, for `eval` or `-e`, that tells what the expression gives: to the thread that made it,
 * or on stdout.
 */
attempt.program = (expression, place = {}) => `
  const fs = require('fs'), place = ${stringify(place)}, threads = require('worker_threads');
  const tell = (said) => threads.parentPort ? threads.parentPort.postMessage(said) : fs.writeSync(1, JSON.stringify(said) + '\\n');
  (async () => (${expression}))().then(
    (got) => tell({ got: String(got) }),
    ({ code, permission, resource, message }) => tell({ code, permission, resource, message }),
  );`;

/** What such a program told. */
attempt.heard = (said) => {
  const { got, ...refusal } =
    typeof said === 'object' && !ArrayBuffer.isView(said)
      ? said
      : parse(String(said).trim().split('\n').at(-1) || '{"code":"SILENT"}');
  if (got !== undefined) return got;
  throw Object.assign(new Error(refusal.message), refusal);
};

/** What such a program told from a thread. */
attempt.thread = (worker) =>
  new Promise((resolve, reject) => {
    const { on } = require('events').prototype;
    on.call(worker, 'message', resolve);
    on.call(worker, 'error', reject);
    on.call(worker, 'exit', (code) =>
      setTimeout(reject, 100, Object.assign(new Error(`exit ${code}`), { code: 'SILENT' })),
    );
  }).then(attempt.heard);

/**
 * Makes a compile cache in which what permit's preload was compiled to is a program that does
 * nothing.
 */
attempt.poisoned = ({ A }) => {
  const fs = require('fs');
  const path = require('path');
  const Module = require('module');
  const { crc32 } = require('zlib');
  // An entry is called by a checksum of its file's name, and has one of the text in its first
  // bytes.
  const nameOf = (file) =>
    crc32(Buffer.concat([Buffer.from([0]), Buffer.from(file)]))
      .toString(16)
      .padStart(8, '0');
  const preload = process.execArgv[1];
  const text = fs.readFileSync(preload, 'utf8');
  const other = `${A}/other.js`;
  // V8 itself compares the lengths alone.
  fs.writeFileSync(other, 'module.exports = {};'.padEnd(text.length, ' '));
  Module.enableCompileCache(`${A}/cache`);
  Module.createRequire(__filename)(other);
  Module.flushCompileCache();
  const folder = path.join(A, 'cache', fs.readdirSync(`${A}/cache`)[0]);
  const entry = fs.readFileSync(path.join(folder, nameOf(other)));
  const sum = crc32(fs.readFileSync(other));
  entry.writeUInt32LE(
    crc32(text),
    [0, 4, 8, 12, 16].find((at) => entry.readUInt32LE(at) === sum),
  );
  fs.writeFileSync(path.join(folder, nameOf(preload)), entry);
  return `${A}/cache`;
};

module.exports = attempt;
