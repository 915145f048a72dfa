// Catches a binding that Node hands out to nobody, while Node makes it: the engine assigns the functions to the new
// object, and an accessor of that name on `Object.prototype` sees the object. It stands there while `load` runs, before
// any code of the program does, and never again.
(function (defineProperty, getOwnPropertyDescriptor) {
  'use strict';
  const { prototype } = Object;
  return function (name, load, module) {
    let found;
    if (getOwnPropertyDescriptor(prototype, name) !== undefined) return undefined;
    defineProperty(prototype, name, {
      __proto__: null,
      configurable: true,
      get: () => undefined,
      set(value) {
        if (found === undefined) found = this;
        defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
      },
    });
    try {
      load(module);
    } catch {
      // As meant: the module is not wanted yet.
    } finally {
      delete prototype[name];
    }
    return found;
  };
});
//# sourceURL=permit:inner
