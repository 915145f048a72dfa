'use strict';
// Where a path is given as bytes, some functions make a string of them by `toString` of the Buffer,
// or by how JavaScript makes one of an object. A program replaces that. permit looked at the bytes,
// and Node then opened what the program's method said. permit gives these functions the string of
// the bytes that it asked about. A view that is no Buffer is a list of numbers to these functions.
// Held, the ways get what is granted, and tell that by a code, or are refused a file of such a name.
// Policy: --allow-fs-read=${A} --allow-addons=${A}
// Takes: the secret
// Takes: a change of ${D}
// Takes: an answer
// Refused: ERR_DLOPEN_FAILED
// Refused: Addon 47,*
// Refused: FileSystemRead 47,*
// Refused: FileSystemRead
// Refused: ERR_WHAT_IS_GRANTED
// Control: none: no grant makes what is replaced count
// Node: <22 for process.loadEnvFile, process.loadEnvFile of a Uint8Array: later ones look at the bytes
// Given: file ${A}/granted.env holding GRANTED=1
// Given: library ${D}/evil.node
// Alone: what is replaced is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** Throws, where it is not what was granted but nothing else either. */
const granted = (value, isGranted) => {
  if (isGranted) throw Object.assign(new Error(String(value)), { code: 'ERR_WHAT_IS_GRANTED' });
  return value;
};

/** Calls with the bytes of a path that say they are another. */
const lying = (path, lie, call) => {
  Buffer.prototype.toString = () => lie;
  Buffer.prototype[Symbol.toPrimitive] = () => lie;
  return call(Buffer.from(path));
};
/** The same for a view of bytes that is no Buffer. */
const lyingView = (path, lie, call) => {
  const bytes = new TextEncoder().encode(path);
  return call(Object.assign(bytes, { toString: () => lie, [Symbol.toPrimitive]: () => lie }));
};

const library = (how) => ({ A, D }) => how(`${A}/missing.node`, `${D}/evil.node`, (path) => {
  try {
    process.dlopen({ exports: {} }, path);
  } catch (error) {
    // The library is no addon: what it does, it does while it is loaded.
    if (error.message.includes('evil')) return;
    throw error;
  }
});
const variables = (how) => ({ A, D }) => how(`${A}/granted.env`, `${D}/secret.env`, (path) => {
  process.loadEnvFile(path);
  return granted(process.env.SECRET, process.env.GRANTED === '1');
});
const resolved = (how) => ({ A, D }) => how(`${A}/file`, `${D}/link`, (path) => {
  const real = fs.realpathSync(path);
  return granted(real, real === fs.realpathSync(`${A}/file`));
});
// Node tells at once of a file that is not there, and of no other before it changes.
const watched = (how) => ({ A, D }) => how(`${A}/file`, `${D}/nothing`, async (path) => {
  const { constructor: StatWatcher } = fs.watchFile(`${A}/file`, () => {})._handle;
  const handle = new StatWatcher(false);
  const told = await new Promise((resolve) => {
    handle.onchange = (status) => resolve(status);
    handle.start(path, 20);
    setTimeout(resolve, 300);
  });
  return granted(`not there: ${told}`, told === undefined);
});

attempt({
  'process.dlopen': library(lying),
  'process.dlopen of a Uint8Array': library(lyingView),
  'process.loadEnvFile': variables(lying),
  'process.loadEnvFile of a Uint8Array': variables(lyingView),
  'fs.realpathSync': resolved(lying),
  'fs.realpathSync of a Uint8Array': resolved(lyingView),
  'a StatWatcher': watched(lying),
  'a StatWatcher of a Uint8Array': watched(lyingView),
  '+ process.loadEnvFile of a Buffer': ({ A }) => {
    process.loadEnvFile(Buffer.from(`${A}/granted.env`));
    return process.env.GRANTED;
  },
  '+ fs.realpathSync of a Buffer': ({ A }) => fs.realpathSync(Buffer.from(`${A}/file`)),
});
