'use strict';
// The class behind `localStorage` opens a database by itself, at any path, for who has the key of
// its constructor. Node hands this key to a class that it looks for on an object without one while
// it loads web storage, where storage can be inspected. An accessor on `Object.prototype` gives a
// class of the program, which keeps the key. permit asks for the path, to read and to write.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/made
// Refused: FileSystemRead ${A}/../denied/made
// Refused: FileSystemRead ${A}/out/made
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=24: older ones cannot have storage inspected
// Given: link ${A}/out to ${D}
// Started: --experimental-webstorage --experimental-storage-inspection
// Alone: a thread loads web storage once
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

const OPTIONS = ['--experimental-webstorage', '--experimental-storage-inspection'];
const { prototype: top } = Object;
/** The key, by way of an object that Node reads from while it loads. */
const taken = (touch) => {
  const inspector = require('node:inspector');
  const { DOMStorage } = inspector;
  const name = 'InspectorSessionStorage';
  let key;
  class Mine {
    constructor(given) { key ??= given; }
  }
  // Assignments elsewhere go on as they would.
  const set = function (value) {
    Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
  };
  const get = () => {
    Object.defineProperty(inspector, 'DOMStorage', { value: DOMStorage, writable: true, configurable: true });
    Object.defineProperty(top, name, { configurable: true, get: () => Mine, set });
    // Node loads web storage a second time, within the first, and meets the accessor.
    touch();
    delete top[name];
    return DOMStorage;
  };
  Object.defineProperty(inspector, 'DOMStorage', { configurable: true, get });
  touch();
  return key;
};
const session = () => globalThis.sessionStorage;
/** Makes a database, and tells what it has. */
const written = (storage) => {
  storage.setItem('name', 'value');
  return storage.getItem('name');
};
const on = (place, options) => {
  const program = `const top = Object.prototype, taken = ${taken}, written = ${written}, session = ${session};
    ${attempt.program('written(new Storage(taken(session), place.D + "/made"))', place)}`;
  return attempt.thread(new Worker(program, { eval: true, ...options }));
};

attempt({
  'a path': ({ D }) => written(new Storage(taken(session), `${D}/made`)),
  'a path with dots': ({ A }) => written(new Storage(taken(session), `${A}/../denied/made`)),
  'behind a link': ({ A }) => written(new Storage(taken(session), `${A}/out/made`)),
  'loaded by the class': ({ D }) => {
    const key = taken(() => [Storage, session()]);
    return written(new Storage(key, `${D}/made`));
  },
  'a class below': ({ D }) => {
    const key = taken(session);
    return written(new (class extends Storage {})(key, `${D}/made`));
  },
  'Reflect.construct': ({ D }) => {
    return written(Reflect.construct(Storage, [taken(session), `${D}/made`], class {}));
  },
  'the constructor of a storage': ({ D }) => {
    const key = taken(session);
    return written(new globalThis.sessionStorage.constructor(key, `${D}/made`));
  },
  'on a worker': (place) => on(place),
  'on a worker with options': (place) => on(place, { execArgv: OPTIONS }),
});
