// A row is one call of one API in one form. This file runs the rows of a program one after the
// other and prints, a line a row, what became of each: whether it went through and, if not, how the
// error reached the caller. It decides nothing.
'use strict';
const { writeSync } = require('node:fs');

const PATIENCE = 3000;
// Kept from before: what the rows run in may have been tampered with (`ROWS_HOSTILE`).
const { setTimeout, setImmediate, clearTimeout, String, Number, Promise } = globalThis;
const { stringify } = JSON;
const { from: bytesOf, isBuffer } = Buffer;
const { isArray } = Array;
const { ROWS_FROM, ROWS_ROOT, ROWS_HOSTILE } = process.env;
const { exit } = process;
const marks = new Int32Array(new SharedArrayBuffer(4));

function print(text) {
  const bytes = bytesOf(`${text}\n`);
  for (let from = 0; from < bytes.length;) {
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
  if (typeof value === 'string') return stringify(value.slice(0, 200));
  if (isBuffer(value)) return `Buffer ${stringify(value.toString('utf8').slice(0, 80))}`;
  if (isArray(value))
    return `[${value
      .map(
        (item) => item?.name ?? (isBuffer(item) ? item.toString() : typeof item === 'object' ? 'object' : String(item)),
      )
      .sort()
      .slice(0, 20)}]`;
  if (ROWS_HOSTILE && value.size !== undefined) return `${value.size} bytes`;
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

/** What a program can see of an error. */
function told(error) {
  if (error === null || typeof error !== 'object') return { code: `not an error: ${String(error)}` };
  const seen = {
    name: error.name,
    code: error.code,
    permission: error.permission,
    resource: error.resource,
    message: error.message,
    syscall: error.syscall,
  };
  if (error.cause) seen.cause = told(error.cause);
  if (isArray(error.errors)) seen.errors = error.errors.map(told);
  if (typeof seen.code === 'number') seen.code = `#${seen.code}`;
  return seen;
}

let current = null;
process.on('uncaughtException', (error) => {
  if (current) current('uncaught', error);
  else print(stringify({ id: 'between rows', how: 'uncaught', ...told(error) }));
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
    row.call(t).then(
      (value) => done('ok', value),
      (error) => done('reject', error),
    );
  },
  event(row, t, done) {
    const emitter = row.call(t, done);
    if (!emitter) return;
    const on = emitter.on ? emitter.on : emitter.addEventListener;
    on.call(emitter, 'error', (error) =>
      done('event', emitter.on ? error : (error.error ?? { code: `event ${error.type}` })),
    );
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
        // What a call leaves open is closed as well as it can be; only the call itself is the
        // subject.
        const closed = (async () => row.tidy?.(value, t))().catch(() => {});
        await Promise.race([
          closed,
          new Promise((go) => {
            closed.then(() => clearTimeout(late));
            const late = setTimeout(go, 500);
          }),
        ]);
        setImmediate(() =>
          setImmediate(() => {
            current = null;
            resolve(outcome);
          }),
        );
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

/**
 * The rest in a process of its own, from row `n`: what a row marked `alone` changes must reach no
 * other.
 */
function again(n) {
  print(`next ${n}`);
  exit(0);
}

/**
 * Runs the rows from the one that the environment names on, and prints `{ n, id, how, … }` for
 * each.
 */
exports.run = async function run(rows) {
  if (ROWS_HOSTILE) require(ROWS_HOSTILE)(ROWS_ROOT);
  const from = Number(ROWS_FROM ?? 0);
  for (let n = from; n < rows.length; n += 1) {
    const row = rows[n];
    if (row.alone && n > from) return again(n);
    const t = exports.place(n);
    print(`> ${n}`);
    const outcome = row.absent?.() ? { how: 'absent' } : await one(row, t);
    print(stringify({ n, id: row.id, ...outcome, asked: row.told?.(t.root) }));
    if (row.alone && n + 1 < rows.length) return again(n + 1);
  }
  print('done');
  exit(0);
};

/**
 * Where row `n` finds its own sub-tree: `t.dir('N')` and so on, below the root that the environment
 * names.
 */
exports.place = function place(n, root = ROWS_ROOT) {
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
