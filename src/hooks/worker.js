// The stand-in for worker_threads.Worker. Beyond asking, it makes sure that no thread starts which permit did not
// make: the original class is reachable (by the internal class that diagnostics_channel hands out), so the handle
// below it refuses to start unless it belongs to the construction that is under way here.
//
// The handle is caught when the constructor assigns it: for the time of the construction the prototype of the new
// object is a proxy whose `set` sees every first assignment. `starting` is told the thread's number, so that its
// policy is there before its first line runs.
(function (apply, construct, defineProperty, setPrototypeOf, getPrototypeOf, Proxy) {
  'use strict';
  return function (ask, starting, refuse, Original) {
    const { prototype } = Original;
    let made;
    let startThread;

    function watch(handle) {
      if (startThread !== undefined) return;
      const shared = getPrototypeOf(handle);
      startThread = shared.startThread;
      defineProperty(shared, 'startThread', {
        __proto__: null,
        value: function startThread_() {
          starting(this === made, this.threadId);
          made = undefined;
          return apply(startThread, this, arguments);
        },
      });
      defineProperty(shared, 'constructor', { __proto__: null, value: refuse });
    }

    function constructed(args, target, caught) {
      const real = target.prototype;
      function Target() {}
      Target.prototype = new Proxy(real, {
        __proto__: null,
        set(object, key, value, receiver) {
          if (typeof value === 'object' && value !== null && typeof value.startThread === 'function') {
            caught(value);
          }
          return defineProperty(receiver, key, {
            __proto__: null, value, writable: true, enumerable: true, configurable: true,
          }) !== undefined;
        },
      });
      const worker = construct(Original, args, Target);
      setPrototypeOf(worker, real);
      return worker;
    }

    function Worker() {
      const { args } = apply(ask, undefined, arguments);
      if (new.target === undefined) return apply(Original, this, args);
      try {
        return constructed(args, new.target === Worker ? Original : new.target, (handle) => {
          watch(handle);
          made = handle;
        });
      } finally {
        made = undefined;
      }
    }
    defineProperty(Worker, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', {
      __proto__: null, value: Worker, writable: true, enumerable: false, configurable: true,
    });
    defineProperty(Worker, 'length', { __proto__: null, value: Original.length, configurable: true });

    // A flag that no worker takes: the handle is made, the thread is not.
    try {
      constructed(['/', { __proto__: null, execArgv: ['--permit'] }], Original, watch);
    } catch {
      // ERR_WORKER_INVALID_EXEC_ARGV, as meant.
    }
    return startThread === undefined ? undefined : Worker;
  };
});
//# sourceURL=permit:worker
