// The stand-ins for worker_threads.Worker and module.register, and for the functions below them.
// They make sure that permit made each thread, with permit's options. No data of the program
// reaches the thread before permit runs there.
//
// A program can run code while Node makes a worker: hooks of async_hooks, accessors of `process`,
// replaced methods of emitters and streams. So the constructor gets options that nobody can change,
// and three things are guarded below it:
//
// * The handle. `startThread` starts a handle only if a stand-in caught it. A stand-in catches a
//   handle when Node's constructor assigns it, under the one symbol that the constructor uses.
//   During the constructor, the prototype of the new object is a proxy whose `set` sees every first
//   assignment. After that, a program cannot replace the handle.
// * The port of the handle. The new thread handles its first message before it loads permit, and
//   makes objects of any internal class that a message names. So every message on that port is
//   built anew from plain parts. The program's own parts, `workerData` and the data of the
//   environment, travel by another port. permit reads that port when it runs there (`unpack`).
// * The class of the loader thread. Its constructor calls the constructor of `Worker`, and gets a
//   stand-in for it.
//
// `starting` gets the number of the thread, and the number under which Rust keeps the thread's
// policy and options. It registers the thread before the first line of the thread runs. Like every
// native half, it answers with the token `go`. For any other answer `proceed` throws
// (`trampoline.js`).
(function (captured, proceed, CARRIER) {
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
  // The module of Node that a loader thread runs.
  const LOADER = 'internal/modules/esm/worker';
  // The type of the message that starts a thread (lib/internal/worker/io.js).
  const START = 'loadScript';
  const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

  // Puts properties on a prototype. Native code assigns to new objects, and must meet no setter on
  // the prototypes above.
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
  // Returns the value of an own property. Throws for an accessor, or if the property is missing.
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
    // The worker that a constructor is making, and the loader thread that `module.register` is
    // making.
    let making;
    let loading;
    // A thread has one loader thread. Node makes the loader thread of `--loader` by itself, once,
    // before the program runs.
    let loaderMade = false;
    let loaderExpected = loaderAtStart;
    // The frames of workers, by the port of their handle.
    const frames = new WeakMap();

    // Turns the hooks of async_hooks off, because they would see a handle and its port before
    // permit does. Returns how many hooks there were, or -1 if they were off already.
    let quiet = false;
    const waiting = [];
    function hushed() {
      if (internals === undefined || quiet) return -1;
      quiet = true;
      const count = internals.hookFields[internals.hookInit];
      internals.hookFields[internals.hookInit] = 0;
      return count;
    }
    // Turns that many hooks on again, and reports to them the objects that were made meanwhile.
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

    // If a program turns hooks on or off while they are silent, the change waits until they run
    // again.
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

    // Throws the refusal of a call that permit does not know.
    const refused = () => proceed(undefined);

    function isHandle(value) {
      return typeof value === 'object' && value !== null && typeof value.startThread === 'function';
    }

    // Learns the symbol from the first handle, and hooks the prototype that all handles share.
    function learn(name, handle) {
      key = name;
      const shared = getPrototypeOf(handle);
      shield(shared, ['messagePort', 'threadId', 'threadName']);
      startThread = shared.startThread;
      // Ports are async resources as well, but Node takes this method off their prototype
      // (lib/internal/worker/io.js).
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
      // A handle whose options Node rejects has neither property.
      if (getOwnPropertyDescriptor(handle, 'messagePort') !== undefined) {
        frame.number = ownValue(handle, 'threadId', refused);
        frame.port = ownValue(handle, 'messagePort', refused);
      }
      let made = [];
      const { hooks: count } = frame;
      frame.hooks = -1;
      if (frame.port !== undefined) {
        apply(weakMapSet, frames, [frame.port, frame]);
        // Transferred to another place, the port would become another object.
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
        // The constructor assigns the handle once. When the thread has ended, Node assigns null.
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

    // Freezes the options, so that every reader reads the same values.
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
        // Accessors of the program must not see the object before the handle is assigned.
        get(from, name, receiver) {
          return frame.handle === undefined ? undefined : get(from, name, receiver);
        },
        set(from, name, value, receiver) {
          if (key === undefined && typeof name === 'symbol' && isHandle(value)) learn(name, value);
          // Only the first handle counts. A program can reach the proxy while the constructor runs,
          // and make another worker with it.
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

    // The class of the loader thread calls this function in place of `Worker`.
    function LoaderBase(filename, options, isInternal) {
      const frame = loading ?? (loaderExpected ? frameOf(undefined) : undefined);
      // `starting` refuses: no guard was asked about this thread.
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

    // Returns true for a native port. The native method checks its receiver before its arguments.
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

    // Builds a message for the standard input of a worker.
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

    // Sends the message that starts the script of a worker. Before it, sends the program's own
    // parts by a separate port.
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
      // Hooks of async_hooks may know the port of a handle that Node is making. permit does not
      // know the port yet.
      if (making !== undefined && making.port === undefined) refused();
      return apply(post, this, arguments);
    }
    defineProperty(postMessage, 'length', { __proto__: null, value: post.length, configurable: true });
    defineProperty(MessagePort.prototype, 'postMessage', {
      ...getOwnPropertyDescriptor(MessagePort.prototype, 'postMessage'),
      __proto__: null,
      value: postMessage,
    });

    // In another context, ports have another prototype, with the native method on it. While Node
    // moves a port there, no hook of async_hooks may see it.
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

    // Keeps a second message from starting Node again. Node's listener for the thread that made
    // this one stays on the port of this thread, which a program finds on `process.stdout`. The
    // first message has arrived, and started permit. Another message of its type would run Node's
    // start again, which restores the functions that permit replaced. Returns false if this Node
    // keeps its listeners elsewhere.
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
        const hears = function (message) {
          if (typeof message !== 'object' || message === null) return undefined;
          // A message of the program may have getters. Each property is read once.
          const copy = { __proto__: null };
          const names = ownKeys(message);
          for (let at = 0; at < names.length; at++) defineProperty(copy, names[at], own(message[names[at]]));
          return copy.type === START ? undefined : apply(callback, this, [copy]);
        };
        listener.callback = hears;
        listener.listener = hears;
      }
      return true;
    }

    // Takes the data from the thread that made this one (`load`). Returns false if it sent none.
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

    // Returns the words that Node does not take as options of a worker. The list includes
    // `--permit`, which no Node takes, so Node makes the handle and no thread. The environment is
    // empty, because Node crashes when it copies an environment in which a variable has an empty
    // name.
    function unfit(execArgv) {
      const frame = frameOf(undefined);
      frame.started = true;
      const options = { __proto__: null, execArgv: freeze(execArgv), env: freeze({ __proto__: null }) };
      try {
        constructed(['/', options], Original, frame);
      } catch {
        // Node throws ERR_WORKER_INVALID_EXEC_ARGV, as intended.
      }
      return frame.handle === undefined ? undefined : frame.handle.invalidExecArgv;
    }
    unfit(['--permit']);
    return startThread === undefined ? undefined : { __proto__: null, Worker, register: register_, unfit, unpack };
  };
});
//# sourceURL=permit:worker
