// The only JavaScript between a program and a binding function: ask, then call the original.
// It is evaluated once at start. `apply` is captured then, `arguments` is passed on whole, so the
// argument count stays exact and nothing is looked up that a program can replace.
//
// `ask` answers `undefined` (go on with the caller's own arguments), throws, or gives an object with own properties:
// `args` (go on with these instead) or, if that is null, `value` (the call is over). Where they are there, `after` gets
// the result and `failed` what was thrown, and give what to return or throw; `done` hears that the original is done.
(function (apply, ownKeys, defineProperty) {
  'use strict';
  // Gives the stand-in the name of the original, and what else hangs on it.
  function dress(standIn, original) {
    const keys = ownKeys(original);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
      const hangs = key !== 'name' && key !== 'length';
      defineProperty(standIn, key, {
        __proto__: null, value: original[key], writable: hangs, enumerable: hangs, configurable: true,
      });
    }
    return standIn;
  }
  const make = (ask, original) => dress(function () {
    const answer = apply(ask, this, arguments);
    if (answer === undefined) return apply(original, this, arguments);
    const { args, value, after, failed, done } = answer;
    if (args === null) return value;
    let finished = false;
    try {
      const result = apply(original, this, args);
      finished = true;
      return after === undefined ? result : after(result);
    } catch (error) {
      throw failed === undefined || finished ? error : failed(error);
    } finally {
      if (done !== undefined) done(finished);
    }
  }, original);
  return { __proto__: null, make, dress };
});
//# sourceURL=permit:trampoline
