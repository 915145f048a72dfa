'use strict';
// Node makes some of its bindings when they are first used, and assigns each class to the new object: a setter on
// Object.prototype sees the class, which opens files past every check. Here those are made before the program runs.
// Policy: --allow-fs-read=${A} --allow-wasi
// Takes: a change of ${D}
// Refused: silently
// Control: none: no grant shows the class of a binding
// Node: >=26 for storage: before Node 26 it is behind a flag
const attempt = require('../helpers/attempt.js');
const { prototype } = Object;

/** Hands over what a setter for each of the names sees while `use` runs. */
const seen = (names, use) => {
  const found = { __proto__: null };
  for (const name of names) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      set(value) {
        found[name] = value;
        found.binding = this;
        Object.defineProperty(this, name, { __proto__: null, value, writable: true, configurable: true });
      },
    });
  }
  try { use(); } catch { /* The class is there by then. */ }
  for (const name of names) delete prototype[name];
  if (found.binding === undefined) throw Object.assign(new Error('nothing was seen'), { code: 'NOT_SEEN' });
  return found;
};

/** A folder made by the functions that a WebAssembly program would import. */
const made = (Raw, folder) => {
  const wasi = new Raw([], [], ['/', folder], [0, 1, 2]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  wasi._setMemory(memory);
  Buffer.from(memory.buffer).write('made', 1024);
  return String(wasi.path_create_directory(3, 1024, 4));
};

attempt({
  wasi: ({ D }) => made(seen(['WASI'], () => { const { WASI } = require('node:wasi'); return new WASI({ version: 'preview1' }); }).WASI, D),
  storage: ({ D }) => {
    const { binding } = seen(['Storage', 'kConstructorKey'], () => globalThis.Storage);
    new binding.Storage(binding.kConstructorKey, `${D}/made.db`).setItem('a', 'b');
    return 'written';
  },
});
