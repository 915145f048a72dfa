// The stand-ins for worker_threads.Worker and module.register. Beyond asking, they make sure that no thread starts
// that permit did not make: the original class is within reach of a program (diagnostics_channel hands out the
// internal class below it), so the handle under every worker refuses to start unless one of the stand-ins caught it.
//
// A stand-in catches a handle when Node's constructor assigns it, under the one symbol that the constructor uses. During
// `new Worker` the prototype of the new object is a proxy: its `set` sees every first assignment, and its `get` keeps
// the accessors of a program from seeing the object before the handle is there. During `module.register` an accessor
// under that symbol stands on the prototype of all workers. After the assignment a program cannot replace the handle.
//
// `starting` gets the number of the thread and registers its policy before its first line runs. Like every native half
// it answers with the token `go`, and `proceed` throws for any other answer (`trampoline.js`).
(function (captured, proceed, EventEmitter) {
  'use strict';
  const {
    apply, construct, defineProperty, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, isExtensible,
    ownKeys, setPrototypeOf, Proxy,
  } = captured;
  const { init } = EventEmitter;
  const object = Object.prototype;
  const inspect = Symbol.for('nodejs.util.inspect.custom');
  const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });
  const hidden = (value) => ({ __proto__: null, value, writable: true, enumerable: false, configurable: true });

  return function (ask, starting, refuse, Original, askLoader, register, loaderAtStart) {
    const { prototype } = Original;
    // The symbol under which a worker holds its handle.
    let key;
    let startThread;
    // The worker that `new Worker` constructs now, and the one that `module.register` makes now.
    let making;
    let loading;
    // Node makes the loader thread of `--loader` by itself, once, before the program runs.
    let loaderExpected = loaderAtStart;

    function isHandle(value) {
      return typeof value === 'object' && value !== null && typeof value.startThread === 'function';
    }

    // Whether this is the one handle that the frame caught, and has not been started.
    function startsNow(frame, handle) {
      if (frame === undefined || frame.handle !== handle || frame.started) return false;
      frame.started = true;
      return true;
    }

    // Learns the symbol from the first handle of all, and hooks the prototype that all handles share.
    function learn(name, handle) {
      key = name;
      const shared = getPrototypeOf(handle);
      startThread = shared.startThread;
      defineProperty(shared, 'startThread', own(function () {
        const frame = startsNow(making, this) ? making : startsNow(loading, this) ? loading : undefined;
        const expected = frame === undefined && loaderExpected;
        loaderExpected = loaderExpected && !expected;
        proceed(starting(frame !== undefined || expected, frame === undefined ? this.threadId : frame.number));
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

    const frameOf = (started) => ({ __proto__: null, handle: undefined, number: undefined, started });

    // Runs Node's code with the `EventEmitter.init` of Node: a replaced one would see the new worker.
    function withOwnInit(run) {
      const patched = EventEmitter.init;
      EventEmitter.init = init;
      try {
        return run();
      } finally {
        if (EventEmitter.init === init) EventEmitter.init = patched;
      }
    }

    function constructed(args, target, frame) {
      const real = target.prototype;
      const outer = making;
      making = frame;
      function Target() {}
      Target.prototype = new Proxy(real, {
        __proto__: null,
        get(from, name, receiver) {
          return frame.handle === undefined ? undefined : get(from, name, receiver);
        },
        set(from, name, value, receiver) {
          if (key === undefined && typeof name === 'symbol' && isHandle(value)) learn(name, value);
          if (name === key && isHandle(value)) keep(receiver, frame, value);
          else defineProperty(receiver, name, own(value));
          return true;
        },
      });
      try {
        const worker = withOwnInit(() => construct(Original, args, Target));
        setPrototypeOf(worker, real);
        return worker;
      } finally {
        making = outer;
      }
    }

    function Worker() {
      const args = proceed(apply(ask, undefined, arguments));
      if (new.target === undefined) return apply(Original, this, args);
      return constructed(args, new.target === Worker ? Original : new.target, frameOf(false));
    }
    defineProperty(Worker, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { __proto__: null, value: Worker, writable: true, configurable: true });
    defineProperty(Worker, 'length', { __proto__: null, value: Original.length, configurable: true });

    // Node makes the loader thread while the first `register` of a thread runs, from an options object that inherits
    // from Object.prototype. There the properties stand that Node's constructor reads and the object lacks, so that the
    // thread gets permit by its absolute path. They go when the handle is there, before Node waits for the thread.
    function withLoaderOptions(options, run) {
      const frame = frameOf(false);
      // Where the prototype is frozen nobody can add these, and the thread inherits the options of this one.
      const shielded = options.execArgv !== undefined || isExtensible(object);
      let served = !shielded;
      const properties = {
        __proto__: null,
        execArgv: {
          __proto__: null,
          get() { served = true; return options.execArgv; },
          set(value) { if (this !== object) defineProperty(this, 'execArgv', own(value)); },
          configurable: true,
        },
        env: hidden(options.env),
        argv: hidden(undefined),
        name: hidden(undefined),
        resourceLimits: hidden(undefined),
        [inspect]: hidden(undefined),
      };
      const names = shielded ? ownKeys(properties) : [];
      const before = { __proto__: null };
      let standing = true;
      function takeAway() {
        if (!standing) return;
        standing = false;
        for (let at = 0; at < names.length; at++) {
          if (before[names[at]] === undefined) deleteProperty(object, names[at]);
          else defineProperty(object, names[at], before[names[at]]);
        }
        deleteProperty(prototype, key);
      }
      for (let at = 0; at < names.length; at++) {
        before[names[at]] = getOwnPropertyDescriptor(object, names[at]);
        defineProperty(object, names[at], properties[names[at]]);
      }
      defineProperty(prototype, key, {
        __proto__: null,
        configurable: true,
        get: () => undefined,
        set(handle) {
          takeAway();
          if (served && isHandle(handle)) keep(this, frame, handle);
          else defineProperty(this, key, own(handle));
        },
      });
      loading = frame;
      try {
        return withOwnInit(run);
      } finally {
        loading = undefined;
        takeAway();
      }
    }

    function register_() {
      const { 0: given, 1: options } = proceed(apply(askLoader, undefined, arguments));
      return withLoaderOptions(options, () => apply(register, this, given));
    }
    defineProperty(register_, 'name', { __proto__: null, value: 'register', configurable: true });
    defineProperty(register_, 'length', { __proto__: null, value: register.length, configurable: true });

    // Returns the words among these that Node does not take as options of a worker. One of them is `--permit`, which no
    // Node takes: so Node makes the handle and no thread. The environment is empty because Node crashes when it copies
    // one in which a variable has an empty name.
    function unfit(execArgv) {
      const frame = frameOf(true);
      const options = { __proto__: null, execArgv, env: { __proto__: null } };
      try {
        constructed(['/', options], Original, frame);
      } catch {
        // ERR_WORKER_INVALID_EXEC_ARGV, as intended.
      }
      return frame.handle === undefined ? undefined : frame.handle.invalidExecArgv;
    }
    unfit(['--permit']);
    return startThread === undefined ? undefined : { __proto__: null, Worker, register: register_, unfit };
  };
});
//# sourceURL=permit:worker
