// The only JavaScript between a program and a binding function: ask, then call the original.
// It is evaluated once at start. `apply` is captured then, `arguments` is passed on whole, so the
// argument count stays exact and nothing is looked up that a program can replace.
//
// `ask` answers `undefined` (go on with the caller's own arguments), throws, or gives an object with four own
// properties: `args` (go on with these instead, and hand the result to `after` if that is there; call `done` when the
// original has returned or thrown, if that is there) or, if it is null, `value` (the call is over).
(function (apply) {
  'use strict';
  return function (ask, original) {
    return function () {
      const answer = apply(ask, this, arguments);
      if (answer === undefined) return apply(original, this, arguments);
      const { args, value, after, done } = answer;
      if (args === null) return value;
      let finished = false;
      try {
        const result = apply(original, this, args);
        finished = true;
        return after === undefined ? result : after(result);
      } finally {
        if (done !== undefined) done(finished);
      }
    };
  };
});
//# sourceURL=permit:trampoline
