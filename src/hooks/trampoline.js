// The only JavaScript between a program and a function of a binding: it asks Rust, then calls the
// original. Node evaluates it once a thread, at start. It looks up nothing that a program can
// replace.
//
// `ask`, the native half, answers with the private token `go` (proceed with the caller's own
// arguments) or with an object. An object that holds `go` as `token` names other arguments
// (`args`). An object whose `args` is null ends the call: it returns `value`, or throws it if
// `throws` is true. If `after` is given, it gets the result; if `onThrow` is given, it gets the
// exception. Each returns the value to pass on. `done` runs when the original has ended.
//
// Any other answer is a refusal, above all `undefined`. A native half does not throw by itself, for
// two reasons. On a thread that is being ended, `napi_throw` does nothing. V8 also takes an
// exception from native code for an uncaught one, which ends the process under
// --abort-on-uncaught-exception.
//
// `gone` holds 1 once the environment of this thread is gone. Node may run JavaScript after that
// (it writes coverage), and must not enter a native half any more.
(function (apply, ownKeys, defineProperty, go, gone, Error) {
  'use strict';
  // Returns the error for a call that got no answer.
  function unanswered() {
    const error = new Error('Access to this API has been restricted: permit could not examine the call');
    const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });
    defineProperty(error, 'code', own('ERR_ACCESS_DENIED'));
    defineProperty(error, 'permission', own(''));
    return defineProperty(error, 'resource', own(''));
  }
  // Returns the arguments to proceed with. Throws unless the answer carries the token.
  function proceed(answer, given) {
    if (answer === go) return given;
    if (typeof answer !== 'object' || answer === null) throw unanswered();
    const { token, args, throws, value } = answer;
    if (args === null && throws === true) throw value;
    if (token !== go) throw unanswered();
    return args;
  }
  // Gives the stand-in the name and the other properties of the original.
  function dress(standIn, original) {
    const keys = ownKeys(original);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
      const hangs = key !== 'name' && key !== 'length';
      defineProperty(standIn, key, {
        __proto__: null,
        value: original[key],
        writable: hangs,
        enumerable: hangs,
        configurable: true,
      });
    }
    return standIn;
  }
  const make = (ask, original) =>
    dress(function () {
      if (gone[0] !== 0) throw unanswered();
      const answer = apply(ask, this, arguments);
      if (answer === go) return apply(original, this, arguments);
      if (typeof answer !== 'object' || answer === null) throw unanswered();
      const { token, args, throws, value, after, onThrow, done } = answer;
      if (args === null) {
        if (throws) throw value;
        return value;
      }
      if (token !== go) throw unanswered();
      let finished = false;
      try {
        const result = apply(original, this, args);
        finished = true;
        return after === undefined ? result : after(result);
      } catch (error) {
        throw onThrow === undefined || finished ? error : onThrow(error);
      } finally {
        if (done !== undefined) done(finished);
      }
    }, original);
  return { __proto__: null, make, dress, proceed };
});
//# sourceURL=permit:trampoline
