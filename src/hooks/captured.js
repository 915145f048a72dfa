// What the hooks need of JavaScript, captured before any code of the program runs.
((capture, getFileName) => ({
  bare: () => ({ __proto__: null }),
  emitError: (target, error) => { target.emit('error', error); },
  destroy: (socket, error) => { socket.destroy(error); },
  iterateError: async function* (error) { throw error; },
  // For the end of a call. Where a relative path was made absolute (`prefix`), what comes back names it as
  // the caller did; `done` hears that the call has ended.
  ended: ((apply, then) => (respell) => ({
    __proto__: null,
    callback: (callback, prefix, results, done) => function (error, value) {
      if (done !== undefined) done();
      if (prefix !== undefined) {
        arguments[0] = respell(error, prefix, false);
        if (results && arguments.length > 1) arguments[1] = respell(value, prefix, true);
      }
      return apply(callback, this, arguments);
    },
    result: (prefix, results) => (value) => (results ? respell(value, prefix, true) : value),
    error: (prefix) => (error) => respell(error, prefix, false),
    promise: (prefix, results, done) => (promise) => apply(then, promise, [
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
  stringify: JSON.stringify,
  shareEnv: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  apply: Reflect.apply,
  construct: Reflect.construct,
  defineProperty: Object.defineProperty,
  setPrototypeOf: Object.setPrototypeOf,
  getPrototypeOf: Object.getPrototypeOf,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  get: Reflect.get,
  ownKeys: Reflect.ownKeys,
  uint8Array: Uint8Array.prototype,
  Proxy,
  // The first file outside Node on the stack, by the engine's own list of it.
  site: ((apply, define, descriptor, bare) => () => {
    const first = (_, sites) => {
      for (let at = 0; at < sites.length; at++) {
        const file = apply(getFileName, sites[at], []);
        if (typeof file === 'string' && (file[0] === '/' || (file[0] === 'f' && file[4] === ':' && file[5] === '/'))) return file;
      }
      return undefined;
    };
    const before = descriptor(Error, 'prepareStackTrace');
    const depth = descriptor(Error, 'stackTraceLimit');
    const set = (name, value) => define(Error, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    const back = (name, was) => (was === undefined ? delete Error[name] : define(Error, name, bare(was, null)));
    try {
      set('prepareStackTrace', first);
      set('stackTraceLimit', 64);
      const holder = { __proto__: null };
      capture(holder);
      return holder.stack;
    } finally {
      back('prepareStackTrace', before);
      back('stackTraceLimit', depth);
    }
  })(Reflect.apply, Object.defineProperty, Object.getOwnPropertyDescriptor, Object.setPrototypeOf),
  // Node's diagnostics channels by name, and what a channel with subscribers does, whatever is put on it later.
  channels: (diagnostics, names) => {
    const { channel } = diagnostics;
    const started = channel('permit:start');
    const hear = () => {};
    started.subscribe(hear);
    const { publish } = started;
    const active = Object.getPrototypeOf(started);
    started.unsubscribe(hear);
    return { __proto__: null, publish, active, channels: names.map((name) => channel(`node:permission-model:${name}`)) };
  },
}))(Error.captureStackTrace, (() => {
  // The class of the entries of a stack is not exported.
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Error.prepareStackTrace = (_, sites) => sites;
  const [site] = new Error('of permit').stack;
  if (before === undefined) delete Error.prepareStackTrace;
  else Object.defineProperty(Error, 'prepareStackTrace', before);
  return site.getFileName;
})());
//# sourceURL=permit:captured
