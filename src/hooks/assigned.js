// Guards a function that Node itself replaces. A virtual file system assigns to `process.dlopen`
// when it is mounted, and then loads addons by an internal function (lib/internal/vfs/setup.js). An
// accessor guards each function that Node or the program assigns. The accessor is not configurable,
// because a data property in its place would accept unguarded functions.
(function (apply, defineProperty, make) {
  'use strict';
  const { add, has } = WeakSet.prototype;
  return function (object, name, ask, original) {
    const known = new WeakSet();
    const guarded = (value) => {
      if (typeof value !== 'function' || apply(has, known, [value])) return value;
      const standIn = make(ask, value);
      apply(add, known, [standIn]);
      return standIn;
    };
    let current = guarded(original);
    defineProperty(object, name, {
      __proto__: null,
      enumerable: true,
      configurable: false,
      get: () => current,
      set(value) {
        current = guarded(value);
      },
    });
  };
});
//# sourceURL=permit:assigned
