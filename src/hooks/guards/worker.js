// The stand-ins for worker_threads.Worker, module.register, and what they stand on. They make sure that each thread is one
// that permit made, with permit's options, and that nothing of the program's reaches it before permit runs there.
//
// A program can run code while Node makes a worker: hooks of async_hooks, accessors of `process`, replaced methods of
// emitters and streams. So the constructor gets options that nobody can change, and three things are guarded below it:
//
// * The handle. `startThread` starts a handle only if a stand-in caught it. A stand-in catches a handle when Node's constructor
//   assigns it, under the one symbol that the constructor uses: during the constructor, the prototype of the new object is
//   a proxy whose `set` sees every first assignment. After that a program cannot replace the handle.
// * The port of the handle. The new thread handles its first message before it loads permit, and makes objects of any internal
//   class that a message names. So every message on that port is built anew from plain parts. The program's own parts,
//   `workerData` and the data of the environment, travel by another port, which permit reads when it runs there (`unpack`).
// * The class of the loader thread. Its constructor calls that of `Worker`, and gets a stand-in for it.
//
// `starting` gets the number of the thread and the number under which Rust keeps what it is given. It registers the
// thread before its first line runs. Like every native half it answers with the token `go`, and `proceed` throws for any
// other answer (`trampoline.js`).
(function (captured, proceed) {
  'use strict';
  const {
    apply,
    construct,
    defineProperty,
    freeze,
    get,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    getTypedArrayName,
    isArray,
    ownKeys,
    mapGet,
    mapSet,
    setPrototypeOf,
    sharedLength,
    weakMapGet,
    weakMapSet,
    Map,
    MessageChannel,
    Proxy,
    Uint8Array,
    WeakMap,
  } = captured;
  // The key of the port in the data of the environment.
  const CARRIER = 'permit:carrier';
  // The module of Node that a loader thread runs.
  const LOADER = 'internal/modules/esm/worker';
  // The type of the message that starts a thread (lib/internal/worker/io.js).
  const START = 'loadScript';
  const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

  // Puts properties on a prototype, so that native code, which assigns to new objects, meets no setter above them.
  function shield(shared, names) {
    for (let at = 0; at < names.length; at++) {
      defineProperty(shared, names[at], {
        __proto__: null,
        value: undefined,
        writable: true,
        enumerable: false,
        configurable: false,
      });
    }
  }
  // The value of an own property. Throws for an accessor, or if there is none.
  function ownValue(object, name, refused) {
    const property = getOwnPropertyDescriptor(object, name);
    return property === undefined || !('value' in { __proto__: null, ...property }) ? refused() : property.value;
  }

  return function (ask, starting, refuse, Original, askLoader, register, loaderAtStart, internals, threads, hooks) {
    const { prototype } = Original;
    const { MessagePort, getEnvironmentData, markAsUntransferable, setEnvironmentData, receiveMessageOnPort } = threads;
    const { postMessage: post } = MessagePort.prototype;
    shield(MessageChannel.prototype, ['port1', 'port2']);
    // The symbol under which a worker holds its handle.
    let key;
    let startThread;
    let getAsyncId;
    // The worker that a constructor makes now, and the loader thread that `module.register` makes now.
    let making;
    let loading;
    // A thread has one loader thread. Node makes that of `--loader` by itself, once, before the program runs.
    let loaderMade = false;
    let loaderExpected = loaderAtStart;
    // The frames of workers, by the port of their handle.
    const frames = new WeakMap();

    // Turns the hooks of async_hooks off. They would see a handle, and its port, before permit does. Returns how many there are,
    // or -1 if they are off.
    let quiet = false;
    const waiting = [];
    function hushed() {
      if (internals === undefined || quiet) return -1;
      quiet = true;
      const count = internals.hookFields[internals.hookInit];
      internals.hookFields[internals.hookInit] = 0;
      return count;
    }
    // Turns as many on again, and tells them of objects that were made meanwhile.
    function heard(count, made) {
      if (count === -1) return;
      quiet = false;
      internals.hookFields[internals.hookInit] = count;
      const { length } = waiting;
      for (let at = 0; at < length; at += 2) apply(waiting[at], waiting[at + 1], []);
      waiting.length = 0;
      if (count === 0) return;
      for (let at = 0; at < made.length; at += 2)
        internals.emitInit(apply(getAsyncId, made[at + 1], []), made[at], null, made[at + 1]);
    }

    // A program that turns hooks on or off meanwhile does so when they are heard again.
    const hookPrototype = getPrototypeOf(hooks.createHook({ __proto__: null }));
    for (const name of ['enable', 'disable']) {
      const change = hookPrototype[name];
      const standIn = {
        [name]() {
          if (!quiet) return apply(change, this, []);
          const { length } = waiting;
          defineProperty(waiting, length, own(change));
          defineProperty(waiting, length + 1, own(this));
          return this;
        },
      };
      defineProperty(hookPrototype, name, {
        ...getOwnPropertyDescriptor(hookPrototype, name),
        __proto__: null,
        value: standIn[name],
      });
    }

    // Throws the refusal of what permit does not know.
    const refused = () => proceed(undefined);

    function isHandle(value) {
      return typeof value === 'object' && value !== null && typeof value.startThread === 'function';
    }

    // Learns the symbol from the first handle of all, and hooks the prototype that all handles share.
    function learn(name, handle) {
      key = name;
      const shared = getPrototypeOf(handle);
      shield(shared, ['messagePort', 'threadId', 'threadName']);
      startThread = shared.startThread;
      // Ports have the method, too, and hide it.
      getAsyncId = handle.getAsyncId;
      defineProperty(
        shared,
        'startThread',
        own(function () {
          const frame = making;
          const known = frame !== undefined && frame.handle === this && !frame.started;
          if (known) frame.started = true;
          proceed(starting(known, known ? frame.number : this.threadId, known ? frame.given : undefined));
          return apply(startThread, this, arguments);
        }),
      );
      defineProperty(shared, 'constructor', own(refuse));
    }

    function keep(worker, frame, handle) {
      // A handle whose options Node does not take has neither.
      if (getOwnPropertyDescriptor(handle, 'messagePort') !== undefined) {
        frame.number = ownValue(handle, 'threadId', refused);
        frame.port = ownValue(handle, 'messagePort', refused);
      }
      let made = [];
      const { hooks: count } = frame;
      frame.hooks = -1;
      if (frame.port !== undefined) {
        apply(weakMapSet, frames, [frame.port, frame]);
        // Moved to another object, it would be another port.
        markAsUntransferable(frame.port);
        made = ['WORKER', handle, 'MESSAGEPORT', frame.port];
      }
      // From here on the handle may be started.
      frame.handle = handle;
      let current = handle;
      defineProperty(worker, key, {
        __proto__: null,
        enumerable: true,
        get: () => current,
        // The constructor assigns once; when the thread has ended, Node lets go of the handle.
        set: (value) => {
          if (value === null) current = value;
        },
      });
      heard(count, made);
    }

    const frameOf = (given, internal) => ({
      __proto__: null,
      given,
      internal,
      hooks: -1,
      handle: undefined,
      number: undefined,
      port: undefined,
      sent: false,
      started: false,
    });

    // Makes options that are read the same by everybody.
    function settle(options) {
      const names = ownKeys(options);
      for (let at = 0; at < names.length; at++) {
        const value = options[names[at]];
        if (names[at] === 'execArgv' || names[at] === 'env' || names[at] === 'resourceLimits') {
          if (typeof value === 'object' && value !== null) freeze(value);
        }
      }
      return freeze(options);
    }

    function constructed(args, target, frame) {
      const real = target.prototype;
      const outer = making;
      making = frame;
      function Target() {}
      Target.prototype = new Proxy(real, {
        __proto__: null,
        // Accessors of the program do not see the object before the handle is there.
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
      frame.hooks = hushed();
      try {
        const worker = construct(Original, args, Target);
        setPrototypeOf(worker, real);
        return worker;
      } finally {
        heard(frame.hooks, []);
        making = outer;
      }
    }

    function Worker() {
      const { 0: file, 1: options, 2: given } = proceed(apply(ask, undefined, arguments));
      if (new.target === undefined) return apply(Original, this, [file, options]);
      return constructed([file, settle(options)], new.target === Worker ? Original : new.target, frameOf(given));
    }
    defineProperty(Worker, 'prototype', { __proto__: null, value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { __proto__: null, value: Worker, writable: true, configurable: true });
    defineProperty(Worker, 'length', { __proto__: null, value: Original.length, configurable: true });

    // What the class of the loader thread calls in place of `Worker`.
    function LoaderBase(filename, options, isInternal) {
      const frame = loading ?? (loaderExpected ? frameOf(undefined) : undefined);
      // `starting` refuses: nobody asked for this thread.
      if (frame === undefined || loaderMade) proceed(starting(false, 0, undefined));
      loading = undefined;
      loaderExpected = false;
      const { lock } = options.workerData;
      // Throws for anything but shared memory.
      apply(sharedLength, lock, []);
      if (filename !== LOADER) refused();
      frame.internal = { __proto__: null, lock };
      const guarded = freeze({
        __proto__: null,
        stdin: false,
        stdout: false,
        stderr: false,
        trackUnmanagedFds: false,
        ...frame.options,
      });
      loaderMade = true;
      try {
        return constructed([filename, guarded, isInternal], new.target, frame);
      } catch (error) {
        loaderMade = false;
        throw error;
      }
    }
    if (internals !== undefined) {
      const { InternalWorker } = internals;
      defineProperty(LoaderBase, 'prototype', { __proto__: null, value: prototype, writable: false });
      setPrototypeOf(InternalWorker, LoaderBase);
    }

    function register_() {
      const { 0: args, 1: options, 2: given } = proceed(apply(askLoader, undefined, arguments));
      if (!loaderMade) {
        loading = frameOf(given);
        loading.options = settle(options);
      }
      try {
        return apply(register, this, args);
      } finally {
        loading = undefined;
      }
    }
    defineProperty(register_, 'name', { __proto__: null, value: 'register', configurable: true });
    defineProperty(register_, 'length', { __proto__: null, value: register.length, configurable: true });

    const text = (value) => (typeof value === 'string' ? value : refused());

    // Returns true for a native port. The method checks its receiver before it misses its argument.
    function isPort(value) {
      try {
        apply(post, value, []);
      } catch (error) {
        const code = getOwnPropertyDescriptor(error, 'code');
        return code !== undefined && code.value === 'ERR_MISSING_ARGS';
      }
      return false;
    }

    // Returns an array of these strings.
    function texts(values) {
      if (values === undefined) return undefined;
      if (!isArray(values)) refused();
      const copy = [];
      const { length } = values;
      for (let at = 0; at < length; at++) defineProperty(copy, at, own(text(values[at])));
      return copy;
    }

    // Builds a message of the standard input of a worker.
    function payload(message) {
      if (message.stream !== 'stdin') refused();
      const given = message.chunks;
      if (!isArray(given)) refused();
      const chunks = [];
      const { length } = given;
      for (let at = 0; at < length; at++) {
        const { chunk, encoding } = given[at];
        const isBytes = getTypedArrayName(chunk) === 'Uint8Array';
        if (!isBytes && chunk !== null) text(chunk);
        const copy = { __proto__: null, chunk: isBytes ? new Uint8Array(chunk) : chunk, encoding: text(encoding) };
        defineProperty(chunks, at, own(copy));
      }
      return { __proto__: null, type: 'stdioPayload', stream: 'stdin', chunks };
    }

    // Sends the message that starts the script of a worker, and before it the program's own parts by a port of their own.
    function load(frame, message, transfer) {
      if (frame.sent) refused();
      frame.sent = true;
      const { argv, cwdCounter, doEval, environmentData, filename, hasStdin, mainThreadPort, publicPort, workerData } =
        message;
      const { internal } = frame;
      if (
        internal === undefined &&
        (doEval === 'internal' || typeof doEval === 'object' || typeof doEval === 'function')
      )
        refused();
      if (!isPort(publicPort) || (mainThreadPort !== undefined && !isPort(mainThreadPort))) refused();
      if (cwdCounter !== undefined && cwdCounter !== null && getTypedArrayName(cwdCounter) !== 'Uint32Array') refused();
      const count = hushed();
      const carrier = new MessageChannel();
      heard(count, []);
      const ports =
        mainThreadPort === undefined ? [publicPort, carrier.port2] : [publicPort, mainThreadPort, carrier.port2];
      const rest = [];
      if (isArray(transfer)) {
        const { length } = transfer;
        for (let at = 0; at < length; at++) {
          const value = transfer[at];
          if (value !== publicPort && value !== mainThreadPort) defineProperty(rest, rest.length, own(value));
        }
      }
      const data = {
        __proto__: null,
        environmentData,
        isPublic: internal === undefined,
        workerData: internal === undefined ? workerData : undefined,
      };
      apply(post, carrier.port1, [data, rest]);
      apply(post, frame.port, [
        {
          __proto__: null,
          type: START,
          argv: texts(argv),
          cwdCounter,
          doEval: internal === undefined ? doEval : 'internal',
          environmentData: apply(mapSet, new Map(), [CARRIER, carrier.port2]),
          filename: internal === undefined ? text(filename) : LOADER,
          hasStdin: hasStdin === true,
          isInternal: internal !== undefined,
          mainThreadPort,
          manifestSrc: null,
          manifestURL: null,
          publicPort,
          workerData: internal === undefined ? undefined : { __proto__: null, lock: internal.lock },
        },
        ports,
      ]);
    }

    function send(frame, message, transfer) {
      if (typeof message !== 'object' || message === null) refused();
      switch (message.type) {
        case START:
          return load(frame, message, transfer);
        case 'stdioPayload':
          return apply(post, frame.port, [payload(message)]);
        case 'stdioWantsMoreData': {
          const { stream } = message;
          if (stream !== 'stdout' && stream !== 'stderr') refused();
          return apply(post, frame.port, [{ __proto__: null, type: 'stdioWantsMoreData', stream }]);
        }
        default:
          return refused();
      }
    }

    function postMessage() {
      const frame = apply(weakMapGet, frames, [this]);
      if (frame !== undefined) return send(frame, arguments[0], arguments[1]);
      // The port of a handle that Node makes right now is known to hooks of async_hooks, and not yet here.
      if (making !== undefined && making.port === undefined) refused();
      return apply(post, this, arguments);
    }
    defineProperty(postMessage, 'length', { __proto__: null, value: post.length, configurable: true });
    defineProperty(MessagePort.prototype, 'postMessage', {
      ...getOwnPropertyDescriptor(MessagePort.prototype, 'postMessage'),
      __proto__: null,
      value: postMessage,
    });

    // In another context ports have another prototype, with the native method on it. While Node moves a port there, no hook of
    // async_hooks may see it.
    const { moveMessagePortToContext: move } = threads;
    function moveMessagePortToContext(port, context) {
      if (internals === undefined || apply(weakMapGet, frames, [port]) !== undefined) refused();
      if (making !== undefined && making.port === undefined) refused();
      const count = hushed();
      let moved;
      try {
        moved = apply(move, undefined, [port, context]);
      } finally {
        heard(count, []);
      }
      const shared = getPrototypeOf(moved);
      const { value } = { __proto__: null, ...getOwnPropertyDescriptor(shared, 'postMessage') };
      if (value !== postMessage) defineProperty(shared, 'postMessage', own(postMessage));
      return moved;
    }
    defineProperty(threads, 'moveMessagePortToContext', own(moveMessagePortToContext));

    // Node's listener for the messages of the maker stays on the port of this thread, which a program finds on
    // `process.stdout`. The first message has come, and started permit. Another one of its kind would run Node's start
    // again, which puts back what permit replaced. Returns false if this Node keeps its listeners elsewhere.
    function closeStart(port) {
      const keys = ownKeys(port);
      let events;
      for (let at = 0; at < keys.length; at++) {
        if (typeof keys[at] === 'symbol' && keys[at].description === 'kEvents') events = port[keys[at]];
      }
      let listener = events === undefined ? undefined : apply(mapGet, events, ['message'])?.next;
      if (listener === undefined) return false;
      for (; listener !== undefined; listener = listener.next) {
        const { callback } = listener;
        if (typeof callback !== 'function') return false;
        const heard = function (message) {
          if (typeof message !== 'object' || message === null) return undefined;
          // A message of the program's own may have getters: each property is read once.
          const copy = { __proto__: null };
          const names = ownKeys(message);
          for (let at = 0; at < names.length; at++) defineProperty(copy, names[at], own(message[names[at]]));
          return copy.type === START ? undefined : apply(callback, this, [copy]);
        };
        listener.callback = heard;
        listener.listener = heard;
      }
      return true;
    }

    // Takes what the maker of this thread sent (`load`). Returns false if nothing was sent.
    function unpack() {
      if (internals !== undefined && !closeStart(internals.internalBinding('worker').getEnvMessagePort())) return false;
      const port = getEnvironmentData(CARRIER);
      setEnvironmentData(CARRIER, undefined);
      if (port === undefined || !isPort(port)) return false;
      const received = receiveMessageOnPort(port);
      if (received === undefined) return false;
      const { environmentData, isPublic, workerData } = received.message;
      environmentData.forEach((value, name) => setEnvironmentData(name, value));
      if (isPublic) threads.workerData = workerData;
      port.close();
      return true;
    }

    // Returns the words among these that Node does not take as options of a worker. One of them is `--permit`, which no
    // Node takes: so Node makes the handle and no thread. The environment is empty because Node crashes when it copies
    // one in which a variable has an empty name.
    function unfit(execArgv) {
      const frame = frameOf(undefined);
      frame.started = true;
      const options = { __proto__: null, execArgv: freeze(execArgv), env: freeze({ __proto__: null }) };
      try {
        constructed(['/', options], Original, frame);
      } catch {
        // ERR_WORKER_INVALID_EXEC_ARGV, as intended.
      }
      return frame.handle === undefined ? undefined : frame.handle.invalidExecArgv;
    }
    unfit(['--permit']);
    return startThread === undefined ? undefined : { __proto__: null, Worker, register: register_, unfit, unpack };
  };
});
//# sourceURL=permit:worker
