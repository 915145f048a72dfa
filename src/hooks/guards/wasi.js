// Gives each WASI object a number, by which native code knows its descriptors, and says when the object
// has been collected. The functions that WebAssembly imports keep the object alive.
(function (scripts, dress, changes, collected) {
  'use strict';
  const { apply, FinalizationRegistry, WeakMap, weakMapGet, weakMapSet, gone } = scripts;
  const { register } = FinalizationRegistry.prototype;
  const numbers = new WeakMap();
  const registry = new FinalizationRegistry((number) => {
    if (gone[0] === 0) collected(number);
  });
  const numberOf = (object) => apply(weakMapGet, numbers, [object]);
  return {
    __proto__: null,
    numberOf,
    made: (number) => ({
      __proto__: null,
      after: (object) => {
        apply(weakMapSet, numbers, [object, number]);
        apply(register, registry, [object, number]);
        return object;
      },
      onThrow: (error) => {
        collected(number);
        return error;
      },
    }),
    // The stand-in of a function by which a guest closes or moves its descriptors.
    changing: (original) =>
      dress(function (...given) {
        const number = numberOf(this);
        if (number === undefined) return apply(original, this, given);
        const outcome = changes(number, original, this, given);
        if (outcome[1]) throw outcome[0];
        return outcome[0];
      }, original),
  };
});
//# sourceURL=permit:wasi
