// The only JavaScript between a program and a binding function: ask, then call the original.
// It is evaluated once at start. `apply` is captured then, `arguments` is passed on whole, so the
// argument count stays exact and nothing is looked up that a program can replace.
//
// `ask` answers `undefined` (go on with the caller's own arguments), throws, or gives an object with
// two own properties: `args` (go on with these instead) or, if that is null, `value` (the call is over).
(function (apply) {
  'use strict';
  return function (ask, original) {
    return function () {
      const answer = apply(ask, this, arguments);
      if (answer === undefined) return apply(original, this, arguments);
      const { args, value } = answer;
      return args === null ? value : apply(original, this, args);
    };
  };
});
//# sourceURL=permit:trampoline
