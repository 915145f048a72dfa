// What the hooks need of JavaScript, captured before any code of the program runs.
({
  // The private token by which a native half says that a call may proceed (`trampoline.js`).
  go: Object.freeze({ __proto__: null }),
  // Rust writes 1 here when the environment of this thread ends.
  gone: new Uint8Array(new ArrayBuffer(1)),
  Error,
  // Calls a function, and gives what it throws as a value: V8 takes an exception that native code alone would catch for
  // one that nobody catches.
  attempt: ((apply) => (called, self, args) => {
    try {
      return { __proto__: null, value: apply(called, self, args), threw: false };
    } catch (error) {
      return { __proto__: null, value: error, threw: true };
    }
  })(Reflect.apply),
  // What passes for an array in Node as an array of its own, each element read once; anything else as it is. A proxy of an
  // array passes for one in JavaScript, and not in the engine.
  arrayOf: ((isArray, defineProperty) => (value) => {
    if (!isArray(value)) return value;
    const copy = [];
    const { length } = value;
    for (let at = 0; at < length; at++) {
      defineProperty(copy, at, {
        __proto__: null,
        value: value[at],
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return copy;
  })(Array.isArray, Object.defineProperty),
  // The own functions of an object, each behind its name. Accessors are left alone: those of native classes throw
  // without a live handle.
  functionsOf: ((ownKeys, getOwnPropertyDescriptor, defineProperty) => (object) => {
    const keys = ownKeys(object);
    const found = [];
    const add = (value) =>
      defineProperty(found, found.length, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    for (let at = 0; at < keys.length; at++) {
      const { value } = { __proto__: null, value: undefined, ...getOwnPropertyDescriptor(object, keys[at]) };
      if (typeof keys[at] === 'string' && typeof value === 'function') {
        add(keys[at]);
        add(value);
      }
    }
    return found;
  })(Reflect.ownKeys, Reflect.getOwnPropertyDescriptor, Object.defineProperty),
  bare: () => ({ __proto__: null }),
  emitError: (target, error) => {
    target.emit('error', error);
  },
  destroy: (socket, error) => {
    socket.destroy(error);
  },
  iterateError: async function* (error) {
    throw error;
  },
  // For the end of a call. Where a relative path was made absolute (`prefix`), what comes back names it as
  // the caller did; `done` hears that the call has ended.
  // A program can reach a request and call its callback: that ends nothing. Node's own call has the request as `this`, runs
  // under the number that the request had at the start, and comes once.
  ended: ((apply, then) => (respell, executionAsyncId, getAsyncId) => ({
    __proto__: null,
    callback: (callback, prefix, results, done, request) => {
      let waits = done !== undefined;
      const number = waits ? apply(getAsyncId, request, []) : 0;
      return function (error, value) {
        if (waits && this === request && executionAsyncId() === number) {
          waits = false;
          done();
        }
        if (prefix !== undefined) {
          arguments[0] = respell(error, prefix, false);
          if (results && arguments.length > 1) arguments[1] = respell(value, prefix, true);
        }
        return apply(callback, this, arguments);
      };
    },
    result: (prefix, results) => (value) => (results ? respell(value, prefix, true) : value),
    error: (prefix) => (error) => respell(error, prefix, false),
    promise: (prefix, results, done) => (promise) =>
      apply(then, promise, [
        (value) => {
          if (done !== undefined) done();
          return results && prefix !== undefined ? respell(value, prefix, true) : value;
        },
        (error) => {
          if (done !== undefined) done();
          throw prefix === undefined ? error : respell(error, prefix, false);
        },
      ]),
  }))(Reflect.apply, Promise.prototype.then),
  // Reads a setting of `process.report` as native code has it: a program can put other values on the object.
  settingOf: ((apply, getOwnPropertyDescriptor) => (report) => {
    const getters = { __proto__: null };
    const names = ['directory', 'filename', 'reportOnFatalError', 'reportOnSignal', 'reportOnUncaughtException'];
    for (let at = 0; at < names.length; at++) getters[names[at]] = getOwnPropertyDescriptor(report, names[at]).get;
    return (name) => apply(getters[name], report, []);
  })(Reflect.apply, Object.getOwnPropertyDescriptor),
  stringify: JSON.stringify,
  shareEnv: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  apply: Reflect.apply,
  construct: Reflect.construct,
  defineProperty: Object.defineProperty,
  setPrototypeOf: Object.setPrototypeOf,
  getPrototypeOf: Object.getPrototypeOf,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  get: Reflect.get,
  isArray: Array.isArray,
  ownKeys: Reflect.ownKeys,
  uint8Array: Uint8Array.prototype,
  freeze: Object.freeze,
  // The name of the class of a typed array, or undefined.
  getTypedArrayName: (
    (apply, tag) => (value) =>
      apply(tag, value, [])
  )(
    Reflect.apply,
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get,
  ),
  mapSet: Map.prototype.set,
  sharedLength: Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get,
  weakMapGet: WeakMap.prototype.get,
  weakMapSet: WeakMap.prototype.set,
  Map,
  MessageChannel,
  Proxy,
  Uint8Array,
  WeakMap,
  // Node's diagnostics channels by name, and what a channel with subscribers does, whatever is put on it later.
  channels: (diagnostics, names) => {
    const { channel } = diagnostics;
    const started = channel('permit:start');
    const hear = () => {};
    started.subscribe(hear);
    const { publish } = started;
    const active = Object.getPrototypeOf(started);
    started.unsubscribe(hear);
    return {
      __proto__: null,
      publish,
      active,
      channels: names.map((name) => channel(`node:permission-model:${name}`)),
    };
  },
});
//# sourceURL=permit:captured
