// A row is one call of one API in one form. This file runs the rows of a program one after the other and prints, a line a
// row, what became of each: whether it went through and, if not, how the error reached the caller. It decides nothing.
'use strict';
const { writeSync } = require('node:fs');

const PATIENCE = 3000;
const { setTimeout, setImmediate, clearTimeout } = globalThis;
const marks = new Int32Array(new SharedArrayBuffer(4));

function print(text) {
  const bytes = Buffer.from(`${text}\n`);
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(1, bytes, from);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(marks, 0, 0, 5);
    }
  }
}

/** A value in a few words that do not change from run to run. */
function gist(value) {
  if (value === undefined || value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  if (Buffer.isBuffer(value)) return `Buffer ${JSON.stringify(value.toString('utf8').slice(0, 80))}`;
  if (Array.isArray(value)) return `[${value.map((item) => item?.name ?? (Buffer.isBuffer(item) ? item.toString() : typeof item === 'object' ? 'object' : String(item))).sort().slice(0, 20)}]`;
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

/** What a program can see of an error. */
function told(error) {
  if (error === null || typeof error !== 'object') return { code: `not an error: ${String(error)}` };
  const seen = { name: error.name, code: error.code, permission: error.permission, resource: error.resource, message: error.message, syscall: error.syscall };
  if (error.cause) seen.cause = told(error.cause);
  if (Array.isArray(error.errors)) seen.errors = error.errors.map(told);
  if (typeof seen.code === 'number') seen.code = `#${seen.code}`;
  return seen;
}

let current = null;
process.on('uncaughtException', (error) => {
  if (current) current('uncaught', error);
  else print(JSON.stringify({ id: 'between rows', how: 'uncaught', ...told(error) }));
});

const FORMS = {
  sync: (row, t, done) => done('ok', row.call(t)),
  callback(row, t, done) {
    let returned = false;
    row.call(t, (error, value) => {
      const how = returned ? 'callback' : 'callback-sync';
      if (error && typeof error === 'object') done(how, error);
      else done('ok', typeof error === 'boolean' ? error : value);
    });
    returned = true;
  },
  promise(row, t, done) {
    row.call(t).then((value) => done('ok', value), (error) => done('reject', error));
  },
  event(row, t, done) {
    const emitter = row.call(t, done);
    if (!emitter) return;
    const on = emitter.on ? emitter.on : emitter.addEventListener;
    on.call(emitter, 'error', (error) => done('event', emitter.on ? error : error.error ?? { code: `event ${error.type}` }));
    for (const name of row.events) on.call(emitter, name, () => done('ok', name));
  },
};

function one(row, t) {
  return new Promise((resolve) => {
    let outcome = null;
    let timer = null;
    const done = (how, value) => {
      if (outcome) {
        if (how !== 'ok') outcome.again = `${how} ${value?.code}`;
        return;
      }
      outcome = how === 'ok' ? { how, value: gist(value) } : { how, ...told(value) };
      clearTimeout(timer);
      const settle = async () => {
        // What a call leaves open is closed as well as it can be; only the call itself is the subject.
        const closed = (async () => row.tidy?.(value, t))().catch(() => {});
        await Promise.race([closed, new Promise((go) => { closed.then(() => clearTimeout(late)); const late = setTimeout(go, 500); })]);
        setImmediate(() => setImmediate(() => { current = null; resolve(outcome); }));
      };
      if (how === 'ok') settle();
      else setImmediate(settle);
    };
    current = done;
    timer = setTimeout(() => done('never', { code: 'never' }), row.patience ?? PATIENCE);
    try {
      FORMS[row.form](row, t, done);
    } catch (error) {
      done('throw', error);
    }
  });
}

/** The rest in a process of its own, from row `n`: what a row marked `alone` changes must reach no other. */
function again(n) {
  print(`next ${n}`);
  process.exit(0);
}

/** Runs the rows from the one that the environment names on, and prints `{ n, id, how, … }` for each. */
exports.run = async function run(rows) {
  const from = Number(process.env.ROWS_FROM ?? 0);
  for (let n = from; n < rows.length; n += 1) {
    const row = rows[n];
    if (row.alone && n > from) return again(n);
    const t = exports.place(n);
    print(`> ${n}`);
    const outcome = row.absent?.() ? { how: 'absent' } : await one(row, t);
    print(JSON.stringify({ n, id: row.id, ...outcome, asked: row.told?.(t.root) }));
    if (row.alone && n + 1 < rows.length) return again(n + 1);
  }
  print('done');
  process.exit(0);
};

/** Where row `n` finds its own sub-tree: `t.dir('N')` and so on, below the root that the environment names. */
exports.place = function place(n, root = process.env.ROWS_ROOT) {
  return { n, root, dir: (name) => `${root}/${name}/${n}` };
};

/** Collects rows; `add` refuses an id that is already there. */
exports.table = function table() {
  const rows = [];
  const ids = new Set();
  const add = (row) => {
    if (ids.has(row.id)) throw new Error(`two rows are called ${row.id}`);
    ids.add(row.id);
    rows.push(row);
  };
  return { rows, add };
};

/** The closing of whatever a call opened. */
exports.close = async function close(value) {
  if (value && typeof value.close === 'function') await value.close();
  else if (value && typeof value.destroy === 'function') value.destroy();
};
