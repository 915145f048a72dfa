// The only JavaScript between a program and a binding function: ask, then call the original.
// It is evaluated once at start. `apply` is captured then, `arguments` is passed on whole, so the
// argument count stays exact and nothing is looked up that a program can replace.
//
// `ask` answers `undefined` (go on with the caller's own arguments), throws, or gives an object with three own
// properties: `args` (go on with these instead, and hand the result to `after` if that is there) or, if it is
// null, `value` (the call is over).
(function (apply) {
  'use strict';
  return function (ask, original) {
    return function () {
      const answer = apply(ask, this, arguments);
      if (answer === undefined) return apply(original, this, arguments);
      const { args, value, after } = answer;
      if (args === null) return value;
      const result = apply(original, this, args);
      return after === undefined ? result : after(result);
    };
  };
});
//# sourceURL=permit:trampoline
