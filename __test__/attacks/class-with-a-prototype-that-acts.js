'use strict';
// The engine reads `prototype` of the class that is constructed when it makes the object, and the
// program may have made a getter of it, which changes the working directory. A guarded class was asked
// about with a path in one folder, and opened it in another. permit reads the prototype once, before it
// asks.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-wasi
// Takes: a change of ${D}
// Refused: FileSystemWrite .
// Refused: FileSystemWrite made.db
// Control: --allow-fs-write=${D}
// Node: >=22 for a DatabaseSync, a DatabaseSync by a proxy: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');
const { WASI } = require('node:wasi');

/** The class of which `wasiImport` is made. */
const Raw = () => Object.getPrototypeOf(new WASI({ version: 'preview1' }).wasiImport).constructor;

/** Classes that extend nothing, and whose prototype comes from `get`. */
const byGetter = (get) => Object.defineProperty(function () {}.bind(), 'prototype', { get });
const byProxy = (get) =>
  new Proxy(function () {}, { get: (target, key) => (key === 'prototype' ? get() : target[key]) });

/** Constructs in one folder, and goes to the other when the prototype is read once, twice or three times. */
const later = ({ A, D }, Class, args, derive, use) => {
  let refusal;
  for (const at of [1, 2, 3]) {
    process.chdir(A);
    let looks = 0;
    const Derived = derive(() => {
      if ((looks += 1) === at) process.chdir(D);
      return Class.prototype;
    });
    try {
      const made = Reflect.construct(Class, args, Derived);
      if (looks >= at) return use(made);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
};

/** Makes a file in the first folder of WASI, by the functions that a WebAssembly program would import. */
const make = (raw) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  raw._setMemory(memory);
  const name = Buffer.from('made');
  new Uint8Array(memory.buffer).set(name, 100);
  const made = raw.path_open(3, 0, 100, name.length, 1 | 8, (1n << 6n) | 2n, 0n, 0, 300);
  if (made !== 0) throw new Error(`path_open gave ${made}`);
  return 'made';
};
const RAW = [['x'], [], ['/', '.'], [0, 1, 2]];
const createTable = (database) => database.exec('CREATE TABLE t (a)');

attempt({
  'the class behind WASI': (place) => later(place, Raw(), RAW, byGetter, make),
  'the class behind WASI, by a proxy': (place) => later(place, Raw(), RAW, byProxy, make),
  'a DatabaseSync': (place) => later(place, require('node:sqlite').DatabaseSync, ['made.db'], byGetter, createTable),
  'a DatabaseSync by a proxy': (place) =>
    later(place, require('node:sqlite').DatabaseSync, ['made.db'], byProxy, createTable),
});
