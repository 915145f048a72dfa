// What the hooks need of JavaScript, captured before any code of the program runs.
({
  bare: () => ({ __proto__: null }),
  emitError: (target, error) => { target.emit('error', error); },
  destroy: (socket, error) => { socket.destroy(error); },
  iterateError: async function* (error) { throw error; },
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
