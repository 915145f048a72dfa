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
  // Functions of descriptors. `opened` says by number who opened a descriptor: a thread by a number
  // of its own (`self`), 0 nobody. All threads share it. A thread that was given less than the
  // process (`isLess`) knows only its own.
  const descriptors = (opened, self, isLess, note, executionAsyncId, getAsyncId) => {
    const { length } = opened;
    const isOpened = (descriptor) => {
      if (typeof descriptor !== 'number') return false;
      const owner = opened[descriptor];
      return owner === self || (owner > 0 && !isLess);
    };
    const noted = (descriptor) => {
      if (typeof descriptor === 'number') {
        if (descriptor < length) opened[descriptor] = self;
        else note(descriptor);
      }
      return descriptor;
    };
    // Notes the descriptor before the program gets it. A program can reach the request and call its
    // callback with another number, so the native half looks at the number.
    const hears = (request, path, flags) => {
      const { oncomplete } = request;
      if (typeof oncomplete !== 'function') return;
      const number = apply(getAsyncId, request, []);
      let waits = true;
      const heard = function (error, descriptor) {
        if (waits && this === request && executionAsyncId() === number) {
          waits = false;
          if (typeof descriptor === 'number') note(descriptor, path, flags);
        }
        return apply(oncomplete, this, arguments);
      };
      defineProperty(request, 'oncomplete', {
        __proto__: null,
        value: heard,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    };
    return {
      __proto__: null,
      // `open`: gives a descriptor, at once or to the request in this argument.
      opens: (at) => (ask, original) => {
        // It runs only if the call is allowed, and gets the path that was decided about.
        const starts = dress(function (path, flags) {
          const request = arguments[at];
          if (typeof request === 'object' && request !== null) hears(request, path, flags);
          return apply(original, this, arguments);
        }, original);
        const guarded = make(ask, starts);
        return dress(function () {
          return noted(apply(guarded, this, arguments));
        }, original);
      },
      // A function that uses a descriptor. One that waits asks, unless it only reads. On a thread
      // that was given less, another thread may open a file under the number meanwhile.
      uses: (at, reads) => (ask, original) => {
        const guarded = make(ask, original);
        return dress(function (descriptor) {
          const isPlain = ((reads && !isLess) || arguments[at] === undefined) && isOpened(descriptor) && gone[0] === 0;
          return apply(isPlain ? original : guarded, this, arguments);
        }, original);
      },
      // `close`. What this thread opened it may close.
      closes: (at) => (ask, original) => {
        const guarded = make(ask, original);
        return dress(function (descriptor) {
          const isPlain =
            arguments[at] === undefined &&
            typeof descriptor === 'number' &&
            opened[descriptor] === self &&
            gone[0] === 0;
          if (!isPlain) return apply(guarded, this, arguments);
          opened[descriptor] = 0;
          return apply(original, this, arguments);
        }, original);
      },
    };
  };
  return { __proto__: null, make, dress, proceed, descriptors };
});
//# sourceURL=permit:trampoline
