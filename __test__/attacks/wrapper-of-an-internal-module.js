'use strict';
// Node runs a module of its own as a function that gets every internal binding. One of these
// functions is sloppy on Node 20 and 22. Node calls it at the first `import` of a CommonJS file. A
// setter on `Object.prototype`, which its exports meet, finds the function and its arguments. permit
// loads this module before the program runs.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: an answer
// Refused: ERR_NO_WRAPPER
// Node: <24: newer Nodes have another lexer, or a strict one
// Control: none: no grant hands out internal bindings
// Alone: Node loads the module once
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');

/** The arguments of the sloppy function that assigns a property of this name to a plain object, while a file is imported. */
const wrapper = async (name, file) => {
  let found;
  const { prototype } = Object;
  const sloppy = new Function('see', 'return function set(value) { see(set.caller, this, value); }');
  const set = sloppy((caller, object, value) => {
    try {
      if (caller?.arguments.length > 4) found ??= caller.arguments;
    } catch {
      // A strict function says nothing of its arguments.
    }
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
  });
  Object.defineProperty(prototype, name, { configurable: true, set });
  try {
    await import(file);
  } finally {
    delete prototype[name];
  }
  if (!found) throw Object.assign(new Error('no wrapper'), { code: 'ERR_NO_WRAPPER' });
  return `${typeof found[4]} ${typeof found[4]('process_methods').dlopen}`;
};
const file = ({ A }) => {
  fs.writeFileSync(`${A}/file.cjs`, 'exports.x = 1;');
  return `${A}/file.cjs`;
};
const ways = {};
for (const name of ['init', 'initSync', 'parse']) {
  ways[name] = (place) => wrapper(name, file(place));
  ways[`${name}, in a worker`] = (place) => attempt.thread(new Worker(attempt.program(`(${wrapper})(${JSON.stringify(name)}, ${JSON.stringify(file(place))})`, place), { eval: true }));
}

attempt(ways);
