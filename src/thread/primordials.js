// The values of JavaScript that permit captures before any code of the program runs.
({
  // The private token by which a native half says that a call may proceed (`trampoline.js`).
  go: Object.freeze({ __proto__: null }),
  // Rust writes 1 here when the environment of this thread ends.
  gone: new Uint8Array(new ArrayBuffer(1)),
  Error,
  FinalizationRegistry,
  // Calls a function, and returns what it throws as a value. V8 treats an exception that only
  // native code catches as uncaught.
  attempt: ((apply) => (called, self, args) => {
    try {
      return { __proto__: null, value: apply(called, self, args), threw: false };
    } catch (error) {
      return { __proto__: null, value: error, threw: true };
    }
  })(Reflect.apply),
  // Copies an array, and reads each element once. Returns any other value as it is. For JavaScript
  // a proxy of an array is an array, and for N-API it is not.
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
  // Returns the own functions of an object, each behind its name. Does not call accessors: those of
  // native classes throw without a live handle.
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
  // Wraps the end of a call. If the call got other paths than the caller gave (`renamed`), its
  // results and errors name those of the caller. `done` runs when the call has ended. A program can
  // reach a request and call its callback, which does not end the call. Node's own call of the
  // callback has the request as `this`, runs under the asynchronous id of the request, and comes
  // once.
  ended: ((apply, then) => (respell, release, adopt, executionAsyncId, getAsyncId) => ({
    __proto__: null,
    callback: (callback, renamed, results, done, request) => {
      let waits = done !== undefined;
      const number = waits ? apply(getAsyncId, request, []) : 0;
      return function (error, value) {
        if (waits && this === request && executionAsyncId() === number) {
          waits = false;
          done();
        }
        if (renamed !== undefined) {
          arguments[0] = respell(error, renamed, false);
          if (results && arguments.length > 1) arguments[1] = respell(value, renamed, true);
        }
        return apply(callback, this, arguments);
      };
    },
    released: (descriptor) => () => release(descriptor),
    // The number of a `FileHandle` is noted before the program gets the handle.
    adopted: (renamed, descriptorOf) => (promise) =>
      apply(then, promise, [
        (handle) => {
          adopt(apply(descriptorOf, handle, []));
          return handle;
        },
        (error) => {
          throw renamed === undefined ? error : respell(error, renamed, false);
        },
      ]),
    result: (renamed, results) => (value) => (results ? respell(value, renamed, true) : value),
    error: (renamed) => (error) => respell(error, renamed, false),
    promise: (renamed, results, done) => (promise) =>
      apply(then, promise, [
        (value) => {
          if (done !== undefined) done();
          return results && renamed !== undefined ? respell(value, renamed, true) : value;
        },
        (error) => {
          if (done !== undefined) done();
          throw renamed === undefined ? error : respell(error, renamed, false);
        },
      ]),
  }))(Reflect.apply, Promise.prototype.then),
  completes: ((apply) => (request, error) => {
    const { oncomplete } = request;
    if (typeof oncomplete === 'function') apply(oncomplete, request, [error]);
  })(Reflect.apply),
  keepsAll: () => true,
  // The notes about objects that open a file when the program uses them.
  ...((apply, { get, set }, notes) => ({
    __proto__: null,
    noting: (text) => (object) => {
      apply(set, notes, [object, text]);
      return object;
    },
    noted: (object) => apply(get, notes, [object]),
  }))(Reflect.apply, WeakMap.prototype, new WeakMap()),
  // Reads a setting of `process.report` from native code: a program can put other values on the
  // object.
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
  // Returns the name of the class of a typed array, or undefined.
  getTypedArrayName: (
    (apply, tag) => (value) =>
      apply(tag, value, [])
  )(
    Reflect.apply,
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get,
  ),
  mapGet: Map.prototype.get,
  mapSet: Map.prototype.set,
  sharedLength: Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get,
  weakMapGet: WeakMap.prototype.get,
  weakMapSet: WeakMap.prototype.set,
  Map,
  MessageChannel,
  Proxy,
  Uint8Array,
  WeakMap,
  // Returns Node's diagnostics channels by name, with the prototype and the `publish` of a channel
  // with subscribers.
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
//# sourceURL=permit:primordials
