// The stand-ins for worker_threads.Worker and module.register. Beyond asking, they make sure that no thread starts
// that permit did not make: the original class is within reach of a program (diagnostics_channel hands out the
// internal class below it), so the handle under every worker refuses to start unless one of the stand-ins caught it.
//
// A stand-in catches a handle when Node's constructor assigns it, under the one symbol that the constructor uses. During
// `new Worker` the prototype of the new object is a proxy: its `set` sees every first assignment, and its `get` keeps
// the accessors of a program from seeing the object before the handle is there. During `module.register` an accessor
// under that symbol stands on the prototype of all workers. After the assignment a program cannot replace the handle.
//
// `starting` gets the number of the thread and the number of the policy of its own that it was given. It registers the
// thread before its first line runs. Like every native half it answers with the token `go`, and `proceed` throws for any
// other answer (`trampoline.js`).
(function (captured, proceed, EventEmitter) {
  'use strict';
  const {
    apply, construct, defineProperty, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, isArray,
    isPrototypeOf, ownKeys, setPrototypeOf, Proxy,
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
        const known = frame !== undefined;
        proceed(starting(known || expected, known ? frame.number : this.threadId, known ? frame.policy : undefined));
        return apply(startThread, this, arguments);
      }));
      defineProperty(shared, 'constructor', own(refuse));
    }

    function keep(worker, frame, handle) {
      frame.worker = worker;
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

    const frameOf = (started, policy) => ({ __proto__: null, worker: undefined, handle: undefined, number: undefined, started, policy });

    // Node's constructor of an emitter calls `EventEmitter.init` of the moment. While Node makes a worker that is `initial`:
    // a function of the program's would see the worker before its handle is there. A program that replaces `init` replaces
    // what the accessor gives at other times, and its function gets the worker when that is made.
    let initial;
    let patched = init;
    defineProperty(EventEmitter, 'init', {
      __proto__: null,
      get: () => initial ?? patched,
      set: (value) => { patched = value; },
      enumerable: true,
      configurable: false,
    });
    function withInit(during, frame, run) {
      const outer = initial;
      initial = during;
      let result;
      try {
        result = run();
      } finally {
        initial = outer;
      }
      if (patched !== init && outer === undefined && frame.worker !== undefined) apply(patched, frame.worker, []);
      return result;
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
          // Once: a program can reach the proxy while the constructor goes on, and make another worker by it.
          if (name === key && frame.handle === undefined && isHandle(value)) keep(receiver, frame, value);
          else defineProperty(receiver, name, own(value));
          return true;
        },
      });
      return withInit(init, frame, () => {
        try {
          const worker = construct(Original, args, Target);
          setPrototypeOf(worker, real);
          return worker;
        } finally {
          making = outer;
        }
      });
    }

    function Worker() {
      const { 0: file, 1: options, 2: policy } = proceed(apply(ask, undefined, arguments));
      if (new.target === undefined) return apply(Original, this, [file, options]);
      return constructed([file, options], new.target === Worker ? Original : new.target, frameOf(false, policy));
    }
    defineProperty(Worker, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { __proto__: null, value: Worker, writable: true, configurable: true });
    defineProperty(Worker, 'length', { __proto__: null, value: Original.length, configurable: true });

    // Node makes the loader thread while the first `register` of a thread runs, from an options object that inherits from
    // Object.prototype. There stand the properties that Node's constructor reads and the object lacks, so that the thread
    // gets permit by its absolute path. Node reads them right after `init`, which puts them there anew, and each reading
    // gives a new copy: no code of the program's comes in between. They go when the handle is there, before Node waits for
    // the thread. A thread has one loader thread: only before it is there can the class behind it not be had.
    let loaderMade = false;
    function withLoaderOptions(options, run) {
      const frame = frameOf(false);
      const standing = { __proto__: null };
      let stands = false;
      let served = false;
      const copyOf = (value) => {
        if (value === undefined) return undefined;
        const copy = isArray(value) ? [] : { __proto__: null };
        const keys = ownKeys(value);
        for (let at = 0; at < keys.length; at++) {
          if (keys[at] !== 'length') defineProperty(copy, keys[at], own(value[keys[at]]));
        }
        return copy;
      };
      const read = (name) => ({
        __proto__: null,
        get() { served = true; return copyOf(options[name]); },
        set(value) { if (this !== object) defineProperty(this, name, own(value)); },
        configurable: true,
      });
      const properties = {
        __proto__: null, execArgv: read('execArgv'), env: read('env'), argv: hidden(undefined), name: hidden(undefined),
        resourceLimits: hidden(undefined), [inspect]: hidden(undefined),
      };
      const names = ownKeys(properties);
      function put() {
        for (let at = 0; at < names.length; at++) {
          if (!stands) standing[names[at]] = getOwnPropertyDescriptor(object, names[at]);
          defineProperty(object, names[at], properties[names[at]]);
        }
        defineProperty(prototype, key, {
          __proto__: null,
          configurable: true,
          get: () => undefined,
          set(handle) {
            takeAway();
            if (served && !loaderMade && isHandle(handle)) {
              loaderMade = true;
              keep(this, frame, handle);
            } else {
              defineProperty(this, key, own(handle));
            }
          },
        });
        stands = true;
        served = false;
      }
      function takeAway() {
        if (!stands) return;
        stands = false;
        for (let at = 0; at < names.length; at++) {
          if (standing[names[at]] === undefined) deleteProperty(object, names[at]);
          else defineProperty(object, names[at], standing[names[at]]);
        }
        deleteProperty(prototype, key);
      }
      function initLoader(given) {
        const result = apply(init, this, [given]);
        if (!loaderMade && apply(isPrototypeOf, prototype, [this])) put();
        return result;
      }
      loading = frame;
      return withInit(initLoader, frame, () => {
        try {
          return run();
        } finally {
          loading = undefined;
          takeAway();
        }
      });
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
