'use strict';
// The constructor of WASI runs code of the program before its native half opens the folders: it makes
// strings of arguments and variables, and it collects the names in arrays, whose class and whose
// prototype a program can change. That code goes to another folder, or gives another name. permit asks
// where the native half is made, reads its lists once, and has it open the real path that was decided
// about.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-wasi
// Takes: a change of ${D}
// Refused: FileSystemWrite .
// Refused: FileSystemWrite ${D}
// Control: --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const { WASI } = require('node:wasi');

/** Makes a folder in the first folder of WASI, by the functions that a WebAssembly program would import. */
const make = (imports, setMemory) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  setMemory(memory);
  Buffer.from(memory.buffer).write('made', 1024);
  const made = imports.path_create_directory(3, 1024, 4);
  if (made !== 0) throw new Error(`path_create_directory gave ${made}`);
  return 'made';
};
const later = (place, options) => {
  process.chdir(place.A);
  const wasi = new WASI({ version: 'preview1', preopens: { '/': '.' }, ...options });
  const setMemory = (memory) => wasi.initialize(Object.create(null, { exports: { value: { memory } } }));
  return make(wasi.wasiImport, setMemory);
};

/** The class behind `wasiImport`. */
const Raw = () => Object.getPrototypeOf(new WASI({ version: 'preview1' }).wasiImport).constructor;
const raw = (place, args, env, host = '.') => {
  const Class = Raw();
  process.chdir(place.A);
  const made = new Class(args, env, ['/', host], [0, 1, 2]);
  return make(made, (memory) => made._setMemory(memory));
};

/** A value that goes to a folder when it becomes a string. */
const goes = (folder) => ({
  toString() {
    process.chdir(folder);
    return 'x';
  },
});
/** A list of one text, which is read by a function that goes to a folder. */
const read = (folder) => Object.defineProperty(['x'], 0, { get: goes(folder).toString });
/** Runs `use` while a getter of every array stands for what Node puts there. */
const inEachArray = (index, get, use) => {
  // oxlint-disable-next-line no-extend-native -- that is what is tried
  Object.defineProperty(Array.prototype, index, { get, set() {}, configurable: true });
  try {
    return use();
  } finally {
    delete Array.prototype[index];
  }
};

attempt({
  'an argument': (place) => later(place, { args: [goes(place.D)] }),
  'a variable': (place) => later(place, { env: { X: goes(place.D) } }),
  'the name of the folder': (place) => {
    const host = goes(place.D);
    return later(place, { preopens: { '/': { toString: () => (host.toString(), '.') } } });
  },
  'the class of the arguments': (place) => {
    const args = ['x'];
    args.constructor = {
      get [Symbol.species]() {
        process.chdir(place.D);
        return Array;
      },
    };
    return later(place, { args });
  },
  'a getter of the options': (place) =>
    later(place, {
      get stderr() {
        process.chdir(place.D);
        return 2;
      },
    }),
  'a getter of every array': (place) => {
    let wasi;
    inEachArray(
      1,
      () => place.D,
      () => {
        wasi = new WASI({ version: 'preview1', preopens: { '/': place.A } });
      },
    );
    return make(wasi.wasiImport, (memory) =>
      wasi.initialize(Object.create(null, { exports: { value: { memory } } })),
    );
  },
  'an argument of the raw class': (place) => raw(place, read(place.D), []),
  'a variable of the raw class': (place) => raw(place, [], read(place.D)),
});
