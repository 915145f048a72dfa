// What the hooks need of JavaScript, captured before any code of the program runs.
({
  bare: () => ({ __proto__: null }),
  emitError: (target, error) => { target.emit('error', error); },
  destroy: (socket, error) => { socket.destroy(error); },
  iterateError: async function* (error) { throw error; },
  // For an asynchronous call whose relative path was made absolute: what comes back names it as the caller did.
  respelled: ((apply, then) => (respell) => ({
    __proto__: null,
    callback: (callback, prefix, results) => function (error, value) {
      arguments[0] = respell(error, prefix, false);
      if (results && arguments.length > 1) arguments[1] = respell(value, prefix, true);
      return apply(callback, this, arguments);
    },
    promise: (prefix, results) => (promise) => apply(then, promise, [
      results ? (value) => respell(value, prefix, true) : undefined,
      (error) => { throw respell(error, prefix, false); },
    ]),
  }))(Reflect.apply, Promise.prototype.then),
  apply: Reflect.apply,
  construct: Reflect.construct,
  defineProperty: Object.defineProperty,
  setPrototypeOf: Object.setPrototypeOf,
  getPrototypeOf: Object.getPrototypeOf,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  get: Reflect.get,
  uint8Array: Uint8Array.prototype,
  Proxy,
});
//# sourceURL=permit:captured
