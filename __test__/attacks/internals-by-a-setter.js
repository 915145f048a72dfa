'use strict';
// Node's own `repl` assigns `paths` to the object that stands for it as a module, when it is first
// loaded. A setter on `Object.prototype` is called with that object, which is Node's own, and whose
// class leads to every internal binding: one of them reads any file. permit takes `Object.prototype`
// from above that class, so that the setter is not met. Nothing is refused.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: ERR_NOT_SEEN
// Control: none: no grant shows an internal module
// Alone: a module is loaded once in a thread
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');
const { Worker } = require('node:worker_threads');

/** The class of internal modules, which a setter sees while something is loaded. */
const seen = async (load) => {
  const { prototype } = Object;
  let found;
  Object.defineProperty(prototype, 'paths', {
    configurable: true,
    set(value) {
      if (this.constructor.name === 'BuiltinModule') found ??= this.constructor;
      const own = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, 'paths', own);
    },
  });
  try {
    await load();
  } finally {
    delete prototype.paths;
  }
  if (found) return found;
  throw Object.assign(new Error('no internal module was seen'), { code: 'ERR_NOT_SEEN' });
};

/** Reads a file by the binding of blobs, which that class leads to. */
const read = async (load, { D }) => {
  const { map } = await seen(load);
  const { internalBinding } = map.get('internal/test/binding').compileForInternalLoader();
  const made = internalBinding('blob').createBlobFromFilePath(`${D}/secret`);
  const reader = (Array.isArray(made) ? made[0] : made).getReader();
  return new Promise((resolve) => {
    reader.pull((status, bytes) => resolve(bytes ? Buffer.from(bytes).toString() : `status ${status}`));
  });
};

const onThread = (load, place) => {
  const program = `const seen = ${seen}, read = ${read};
    ${attempt.program(`read(() => ${load}, place)`, place)}`;
  return attempt.thread(new Worker(program, { eval: true }));
};

attempt({
  require: (place) => read(() => require('repl'), place),
  'require of node:repl': (place) => read(() => require('node:repl'), place),
  'a require of its own': (place) => read(() => Module.createRequire('/')('repl'), place),
  'Module._load': (place) => read(() => Module._load('repl'), place),
  'process.getBuiltinModule': (place) => read(() => process.getBuiltinModule('repl'), place),
  import: (place) => read(() => import('node:repl'), place),
  'require on a thread': (place) => onThread("require('repl')", place),
  'process.getBuiltinModule on a thread': (place) => onThread("process.getBuiltinModule('repl')", place),
  'import on a thread': (place) => onThread("import('node:repl')", place),
});
