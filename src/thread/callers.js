// Finds the caller of a call: the first file outside Node on the engine's own list of the stack. If
// Node runs an operation later, only Node is on the stack. So this script notes the caller on the
// object of the operation, when the program connects a socket, lets a server listen, or opens a
// stream.
//
// permit runs it only if records have a reader. It notes nothing if the policy grants the whole
// scope, or the path of the stream. Nothing here decides anything.
(function (primordials, owner, stacks, AsyncLocalStorage, wants) {
  'use strict';
  const { apply, defineProperty: define, getOwnPropertyDescriptor: descriptor, setPrototypeOf } = primordials;
  const { Error } = globalThis;
  const capture = Error.captureStackTrace;
  const { get, set, has } = WeakMap.prototype;
  const MOST = 16;

  // The class of the entries of a stack is not exported.
  const { getFileName, isEval, getEvalOrigin, isAsync, toString } = (() => {
    const before = descriptor(Error, 'prepareStackTrace');
    Error.prepareStackTrace = (_, sites) => sites;
    const [site] = new Error('of permit').stack;
    if (before === undefined) delete Error.prepareStackTrace;
    else define(Error, 'prepareStackTrace', before);
    return site;
  })();

  const begins = (text, at, start) => {
    for (let index = 0; index < start.length; index++) if (text[at + index] !== start[index]) return false;
    return true;
  };
  // For evaluated code, returns the place of the evaluation, `eval at f (/the/file.js:1:2)`. A name
  // that the code gives itself is no file.
  const nameOf = (site) => {
    const name = apply(getFileName, site, []);
    if (typeof name === 'string') return name;
    if (!apply(isEval, site, [])) return undefined;
    const origin = apply(getEvalOrigin, site, []);
    return typeof origin === 'string' && begins(origin, 0, 'eval at ') ? origin : 'eval';
  };
  const isFile = (name) => {
    if (name[0] === '/') return true;
    let at = 0;
    if (begins(name, 0, 'eval at '))
      for (let index = 0; index < name.length; index++) if (name[index] === '(') at = index + 1;
    return name[at] === '/' || begins(name, at, 'file:///');
  };

  // `file`: the first file. `late`: its frame only awaits an operation of Node. `frames`: the
  // function of Node that was called, and the frames of the program.
  const read = (_, sites) => {
    const found = { file: undefined, late: false, frames: undefined, cut: sites.length === NEAR };
    let called;
    let count = 0;
    const add = (site) => {
      found.frames ??= { __proto__: null };
      found.frames[count++] = apply(toString, site, []);
    };
    for (let at = 0; at < sites.length; at++) {
      const site = sites[at];
      const name = nameOf(site);
      if (name === undefined) continue;
      if (name[0] === 'n' && begins(name, 0, 'node:')) {
        if (count === 0) called = site;
        continue;
      }
      if (stacks && count < MOST) {
        if (count === 0 && called !== undefined) add(called);
        add(site);
      }
      if (found.file === undefined && isFile(name)) {
        found.file = name;
        found.late = apply(isAsync, site, []);
        if (!stacks) break;
      }
    }
    return found;
  };
  const plain = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });
  const put = (name, was) => {
    if (was === undefined) delete Error[name];
    else define(Error, name, setPrototypeOf(was, null));
  };
  const lookAt = (limit) => {
    // The engine uses the present `Error` of the global object to format a stack. If the program
    // replaced it, its code would run.
    const now = descriptor(globalThis, 'Error');
    if (now === undefined || now.value !== Error) return undefined;
    const before = descriptor(Error, 'prepareStackTrace');
    const depth = descriptor(Error, 'stackTraceLimit');
    try {
      define(Error, 'prepareStackTrace', plain(read));
      define(Error, 'stackTraceLimit', plain(limit));
      const holder = { __proto__: null };
      capture(holder);
      return holder.stack;
    } catch {
      return undefined;
    } finally {
      put('prepareStackTrace', before);
      put('stackTraceLimit', depth);
    }
  };

  // Each frame costs time, and most often the caller is among the first.
  const NEAR = 16;
  const FAR = 64;
  const look = () => {
    const found = lookAt(stacks ? FAR : NEAR);
    return found !== undefined && found.file === undefined && found.cut && !stacks ? lookAt(FAR) : found;
  };

  // The last caller for an object, for operations that Node runs later.
  const noted = new WeakMap();
  // The caller for an object that several files may use, if only one file does.
  const shared = new WeakMap();
  // The caller of the operation that Node runs now, if it is known.
  let behalf;
  // The caller of `fetch`. A request with a body, or a redirected one, connects later, and with a
  // socket of its own. Only if the engine itself carries asynchronous context along: then the rest
  // of the program does not get slower.
  const { getStore, run, _propagate } = AsyncLocalStorage.prototype;
  const fetching = _propagate === undefined ? new AsyncLocalStorage() : undefined;
  const isKnown = (found) => found !== undefined && found.file !== undefined;
  const present = () => {
    const found = look();
    if (isKnown(found) && !found.late) return found;
    return behalf ?? (fetching === undefined ? undefined : apply(getStore, fetching, [])) ?? found;
  };
  const note = (object) => apply(set, noted, [object, present()]);
  const NOBODY = { file: undefined, late: false, frames: undefined, cut: false };
  const noteShared = (object) => {
    const found = present();
    if (!isKnown(found)) return;
    const before = apply(get, shared, [object]);
    apply(set, shared, [object, before === undefined || before.file === found.file ? found : NOBODY]);
  };
  const own = (object, name) => {
    const found = descriptor(object, name);
    return found === undefined ? undefined : found.value;
  };
  const find = (handle) => {
    const object = typeof handle === 'object' && handle !== null ? own(handle, owner) : undefined;
    const asked = apply(get, noted, [object]);
    if (isKnown(asked)) return asked;
    const found = present();
    return isKnown(found) && !found.late ? found : (apply(get, shared, [object]) ?? found);
  };

  const replace = (prototype, name, standIn) => {
    const original = prototype[name];
    define(standIn, 'name', { __proto__: null, value: original.name, configurable: true });
    define(standIn, 'length', { __proto__: null, value: original.length, configurable: true });
    define(prototype, name, plain(standIn));
  };
  const notes = (prototype, name, see, scope) => {
    const original = prototype[name];
    replace(prototype, name, function () {
      if (wants(scope)) see(this);
      return apply(original, this, arguments);
    });
  };
  const within = (object, original, args) => {
    const before = behalf;
    behalf = apply(get, noted, [object]);
    try {
      return apply(original, object, args);
    } finally {
      behalf = before;
    }
  };
  // Node looks at `_construct` when a stream is made, and a tick later again to call it.
  const opens = ({ prototype }, scope) => {
    const original = prototype._construct;
    const construct = function _construct() {
      return within(this, original, arguments);
    };
    define(prototype, '_construct', {
      __proto__: null,
      configurable: true,
      enumerable: true,
      get() {
        if (!apply(has, noted, [this]) && wants(scope, own(this, 'path'), own(this, 'flags'))) note(this);
        return construct;
      },
      set(made) {
        define(this, '_construct', plain(made));
      },
    });
  };
  const attend = (name, module) => {
    if (name === 'net') {
      const { prototype } = module.Server;
      const listen = prototype._listen2;
      notes(module.Socket.prototype, 'connect', note, 'net.connect');
      notes(prototype, 'listen', note, 'net.listen');
      replace(prototype, '_listen2', function () {
        return within(this, listen, arguments);
      });
    } else if (name === 'dgram') {
      const { prototype } = module.Socket;
      notes(prototype, 'bind', noteShared, 'net.listen');
      notes(prototype, 'connect', noteShared, 'net.connect');
      notes(prototype, 'send', noteShared, 'net.connect');
    } else if (name === 'fs') {
      opens(module.ReadStream, 'fs.read');
      opens(module.WriteStream, 'fs.write');
    } else if (fetching !== undefined && typeof module.fetch === 'function') {
      const { fetch } = module;
      replace(module, 'fetch', function () {
        if (!wants('net.connect')) return apply(fetch, this, arguments);
        return apply(run, fetching, [present(), () => apply(fetch, this, arguments)]);
      });
    }
  };
  return { __proto__: null, find, attend };
});
//# sourceURL=permit:callers
