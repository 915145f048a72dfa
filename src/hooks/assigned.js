// The stand-in for a function that Node itself replaces: a virtual file system puts one over `process.dlopen` when it is
// mounted, which loads what lies in it by a function of Node's own, and puts back what it found. Whatever is assigned, by Node
// or by the program, is asked about first. The property cannot be defined anew: what is assigned then would be asked about no more.
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
      __proto__: null, enumerable: true, configurable: false, get: () => current, set(value) { current = guarded(value); },
    });
  };
});
//# sourceURL=permit:assigned
