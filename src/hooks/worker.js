// The stand-ins for worker_threads.Worker and module.register. Beyond asking, they make sure that no thread starts
// which permit did not make: the original class is within reach of a program (diagnostics_channel hands out the
// internal class below it), so the handle under every worker refuses to start unless it is the one that the
// construction under way here has made.
//
// That handle is caught when the constructor assigns it, under the one symbol that the original uses. For the time
// of the construction the prototype of the new object is a proxy: its `set` sees every first assignment, and its
// `get` keeps the accessors of a program from seeing the object before the handle is there. From then on the handle
// cannot be replaced. `starting` is told the thread's number, so that its policy is there before its first line runs.
(function (apply, construct, defineProperty, setPrototypeOf, getPrototypeOf, get, Proxy, EventEmitter) {
  'use strict';
  const { init } = EventEmitter;
  const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

  return function (ask, starting, refuse, Original, askLoader, register, loaderAtStart) {
    const { prototype } = Original;
    let key;
    let startThread;
    let making;
    let loader = loaderAtStart;
    let loaded = false;

    function isHandle(value) {
      return typeof value === 'object' && value !== null && typeof value.startThread === 'function';
    }

    // Once, on the first handle of all: learns the symbol and hooks the prototype that all handles share.
    function learn(name, handle) {
      key = name;
      const shared = getPrototypeOf(handle);
      startThread = shared.startThread;
      defineProperty(shared, 'startThread', own(function () {
        const ours = making !== undefined && making.handle === this && !making.started;
        if (ours) making.started = true;
        const allowed = ours || (loader && !loaded);
        if (!ours && allowed) loaded = true;
        starting(allowed, ours ? making.number : this.threadId);
        return apply(startThread, this, arguments);
      }));
      defineProperty(shared, 'constructor', own(refuse));
    }

    function keep(worker, frame, handle) {
      frame.handle = handle;
      frame.number = handle.threadId;
      let current = handle;
      defineProperty(worker, key, {
        __proto__: null,
        enumerable: true,
        get: () => current,
        // The constructor assigns once; when the thread has ended, Node lets go of the handle.
        set: (value) => { if (value === null) current = value; },
      });
    }

    function constructed(args, target) {
      const real = target.prototype;
      const frame = { __proto__: null, handle: undefined, number: undefined, started: false };
      const outer = making;
      making = frame;
      function Target() {}
      Target.prototype = new Proxy(real, {
        __proto__: null,
        get(object, name, receiver) {
          return frame.handle === undefined ? undefined : get(object, name, receiver);
        },
        set(object, name, value, receiver) {
          if (key === undefined && typeof name === 'symbol' && isHandle(value)) learn(name, value);
          if (name === key && isHandle(value)) keep(receiver, frame, value);
          else defineProperty(receiver, name, own(value));
          return true;
        },
      });
      const patched = EventEmitter.init;
      EventEmitter.init = init;
      try {
        const worker = construct(Original, args, Target);
        setPrototypeOf(worker, real);
        return worker;
      } finally {
        making = outer;
        if (EventEmitter.init === init) EventEmitter.init = patched;
      }
    }

    function Worker() {
      const { args } = apply(ask, undefined, arguments);
      if (new.target === undefined) return apply(Original, this, args);
      return constructed(args, new.target === Worker ? Original : new.target);
    }
    defineProperty(Worker, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { __proto__: null, value: Worker, writable: true, configurable: true });
    defineProperty(Worker, 'length', { __proto__: null, value: Original.length, configurable: true });

    // A loader thread is made inside Node, once a thread: while the first `register` that needs it runs.
    function register_() {
      const { args } = apply(askLoader, undefined, arguments);
      loader = true;
      try {
        return apply(register, this, args);
      } finally {
        loader = false;
      }
    }
    defineProperty(register_, 'name', { __proto__: null, value: 'register', configurable: true });
    defineProperty(register_, 'length', { __proto__: null, value: register.length, configurable: true });

    // A flag that no worker takes: the handle is made, the thread is not.
    try {
      constructed(['/', { __proto__: null, execArgv: ['--permit'] }], Original);
    } catch {
      // ERR_WORKER_INVALID_EXEC_ARGV, as meant.
    }
    return startThread === undefined ? undefined : { __proto__: null, Worker, register: register_ };
  };
});
//# sourceURL=permit:worker
