'use strict';
// `v8.queryObjects` with a summary has Node inspect each object of the heap that is of a class. The
// program puts a method, or an accessor, where `inspect` looks for one, and is called with what is
// Node's own. One of these is the class of Node's internal modules, and through it the program gets
// every binding and reads any file. permit asks for all addons where a summary is asked for.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: Addon v8.queryObjects with format: 'summary'
// Control: --allow-addons
const attempt = require('../helpers/attempt.js');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');

const custom = Symbol.for('nodejs.util.inspect.custom');

/** The class of Node's internal modules, which something shows while it is inspected. */
const shown = (prototype, key, describe, inspected) => {
  let found;
  const look = (it) => {
    // An object of the heap may be a Proxy, or have accessors that throw.
    try {
      const Class = typeof it === 'function' ? it : it.constructor;
      if (Class.name === 'BuiltinModule') found ??= Class;
    } catch {}
    return '';
  };
  Object.defineProperty(prototype, key, { configurable: true, ...describe(look) });
  try {
    inspected();
  } catch (error) {
    // Some of Node's own throw while they are inspected, which may be after that class.
    if (!found) throw error;
  } finally {
    delete prototype[key];
  }
  return found;
};
const method = (look) => ({ writable: true, value() { return look(this); } });
const accessor = (look) => ({ get() { look(this); }, set() {} });

/** Reads a file by the binding of blobs, which that class leads to. */
const read = (Internal, { D }) => {
  const { internalBinding } = Internal.map.get('internal/test/binding').compileForInternalLoader();
  const made = internalBinding('blob').createBlobFromFilePath(`${D}/secret`);
  const reader = (Array.isArray(made) ? made[0] : made).getReader();
  return new Promise((resolve) => {
    reader.pull((status, bytes) => resolve(bytes ? Buffer.from(bytes) : `status ${status}`));
  });
};

const summary = { format: 'summary' };
const functions = (query) => shown(Function.prototype, custom, method, query);

/** Replaces what throws where Node inspects a prototype. */
const calm = () => {
  const iterators = [new URLSearchParams().entries(), new Headers().entries(), new FormData().entries()];
  const roots = [globalThis, ...iterators];
  for (const name of require('node:module').builtinModules) {
    try { roots.push(require(name)); } catch {}
  }
  const { BlockList, SocketAddress } = require('node:net');
  roots.push(CryptoKey, new BlockList(), new SocketAddress(), new vm.Script('1'), performance.nodeTiming);
  for (const name of ['name', 'message', 'code']) {
    Object.defineProperty(DOMException.prototype, name, { value: '' });
  }
  const met = new Set();
  while (roots.length > 0) {
    const it = roots.pop();
    if (it === null || !['object', 'function'].includes(typeof it) || met.has(it)) continue;
    met.add(it);
    if (Object.hasOwn(it, custom)) Reflect.defineProperty(it, custom, { value: () => '' });
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(it))) {
      roots.push(value, get, set);
    }
    roots.push(Object.getPrototypeOf(it));
  }
};

attempt({
  'functions, by a method': (place) => read(functions(() => v8.queryObjects(Function, summary)), place),
  'functions, by an accessor': (place) =>
    read(shown(Function.prototype, custom, accessor, () => v8.queryObjects(Function, summary)), place),
  'functions, by the name of their class': (place) => {
    const query = () => v8.queryObjects(Function, summary);
    return read(shown(Function.prototype, Symbol.toStringTag, accessor, query), place);
  },
  'a class of the program that has their prototype': (place) => {
    const Mine = function Mine() {};
    Mine.prototype = Function.prototype;
    return read(functions(() => v8.queryObjects(Mine, summary)), place);
  },
  objects: (place) => {
    calm();
    return read(shown(Object.prototype, custom, method, () => v8.queryObjects(Object, summary)), place);
  },
  'options that change': (place) => {
    let asked = 0;
    const options = { get format() { return (asked += 1) > 1 ? 'summary' : 'count'; } };
    // Who reads them once counts the objects, and no more.
    const query = () => v8.queryObjects(Function, options) && v8.queryObjects(Function, options);
    return read(functions(query), place);
  },
  'options that a Proxy gives': (place) => {
    const options = new Proxy({ format: 'count' }, { get: () => 'summary' });
    return read(functions(() => v8.queryObjects(Function, options)), place);
  },
  'options of a prototype': (place) =>
    read(functions(() => v8.queryObjects(Function, Object.create(summary))), place),
  'on a thread': (place) => {
    const program = `const v8 = require('v8');
      const custom = Symbol.for('nodejs.util.inspect.custom');
      const shown = ${shown}, method = ${method}, read = ${read}, summary = ${JSON.stringify(summary)};
      const functions = ${functions};
      ${attempt.program('read(functions(() => v8.queryObjects(Function, summary)), place)', place)}`;
    return attempt.thread(new Worker(program, { eval: true }));
  },
});
