// Guards the deserializer of transferred objects. Node creates an object of any internal class that
// a message names (lib/internal/worker/js_transferable.js). It only checks that the prototype of
// the class has a method under a certain symbol. A program that puts such a method on
// `Object.prototype` gets Node's module loader, and with it every internal binding. This script
// does so once, before the program runs. It then sets a deserializer that accepts only the classes
// that Node itself transfers.
(function (apply, defineProperty, ownKeys, setPrototypeOf, object, isMain) {
  'use strict';
  const { prototype } = Object;
  const { get, has } = Map.prototype;
  const own = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });
  // Module and class, as `deserializeInfo` in the sources of Node 20 to 26 names them.
  const KNOWN = {
    __proto__: null,
    'internal/abort_controller': ['ClonedAbortSignal'],
    'internal/blob': ['Blob', 'ClonedBlob'],
    'internal/blocklist': ['InternalBlockList'],
    'internal/crypto/keys': ['InternalCryptoKey'],
    'internal/crypto/x509': ['InternalX509Certificate'],
    'internal/file': ['TransferableFile'],
    'internal/fs/promises': ['FileHandle'],
    'internal/histogram': ['ClonedHistogram', 'ClonedRecordableHistogram'],
    'internal/socketaddress': ['InternalSocketAddress'],
    'internal/webstreams/readablestream': ['TransferredReadableStream'],
    'internal/webstreams/transfer': ['InternalCloneableDOMException'],
    'internal/webstreams/transformstream': ['TransferredTransformStream'],
    'internal/webstreams/writablestream': ['TransferredWritableStream'],
    'internal/worker/clone_dom_exception': ['DOMException', 'QuotaExceededError'],
    net: ['Server', 'Socket', '_TransferredBoundSocket'],
  };
  const symbolOf = (name) => {
    const keys = ownKeys(object.constructor.prototype);
    for (let at = 0; at < keys.length; at++) {
      if (typeof keys[at] === 'symbol' && keys[at].description === name) return keys[at];
    }
    return undefined;
  };
  const clone = symbolOf('messaging_clone_symbol');
  const deserialize = symbolOf('messaging_deserialize_symbol');
  if (clone === undefined || deserialize === undefined) return undefined;
  // Returns the class of Node's built-in modules, or undefined if Node does not hand it out.
  const builtinModule = () => {
    let found;
    defineProperty(
      object,
      clone,
      own(() => ({ data: {}, deserializeInfo: 'internal/bootstrap/realm:BuiltinModule' })),
    );
    defineProperty(
      prototype,
      deserialize,
      own(() => {}),
    );
    defineProperty(prototype, 'filename', {
      __proto__: null,
      configurable: true,
      set(value) {
        found ??= this.constructor;
        defineProperty(this, 'filename', own(value));
      },
    });
    try {
      structuredClone(object);
    } catch {
      // Node does not know the class, or rejects the object.
    } finally {
      delete prototype[deserialize];
      delete prototype.filename;
    }
    return found;
  };
  const Builtin = builtinModule();
  // Nothing needs a guard, and no internals were found.
  if (Builtin === undefined) return { __proto__: null, internals: undefined };
  const { map } = Builtin;
  const load = (id) => apply(get, map, [id]).compileForInternalLoader();
  // On Node 20 and 22, the wrapper of this module is sloppy, and Node calls it at the first
  // `import` of a CommonJS file. An assignment to its exports could call a setter on
  // `Object.prototype`. That setter could reach the wrapper's arguments, the internal bindings
  // among them. So the module is loaded here.
  if (apply(has, map, ['internal/deps/cjs-module-lexer/lexer'])) load('internal/deps/cjs-module-lexer/lexer');
  const { internalBinding } = load('internal/test/binding');
  // During a preload, that module defines both globals.
  delete globalThis.internalBinding;
  delete globalThis.primordials;
  const classes = { __proto__: null };
  const modules = ownKeys(KNOWN);
  for (let at = 0; at < modules.length; at++) {
    const id = modules[at];
    for (let index = 0; index < KNOWN[id].length; index++) {
      classes[`${id}:${KNOWN[id][index]}`] = { __proto__: null, id, name: KNOWN[id][index] };
    }
  }
  // A module of Node may assign to a property of its `BuiltinModule` (`repl` does). With a null
  // prototype, the assignment calls no setter on `Object.prototype`, and no method there is found.
  // Without `constructor`, an instance does not lead to the other modules.
  setPrototypeOf(Builtin.prototype, null);
  defineProperty(Builtin.prototype, 'constructor', own(undefined));
  const { Error } = globalThis;
  internalBinding('messaging').setDeserializerCreateObjectFunction((info) => {
    const known = classes[info];
    if (known === undefined) throw new Error(`Unknown deserialize spec ${info}`);
    const Class = load(known.id)[known.name];
    if (typeof Class !== 'function' || typeof Class.prototype[deserialize] !== 'function') {
      throw new Error(`Unknown deserialize spec ${info}`);
    }
    return new Class();
  });
  // A message to a loader thread may name an internal module, which Node then loads by its own
  // `require`. A getter on `Object.prototype` could run when Node reads the exports. Only the mocks
  // of the test runner are loaded like this.
  const MOCKS = 'internal/test_runner/mock/loader';
  const guardRegister = (Class) => {
    if (typeof Class !== 'function' || typeof Class.prototype?.register !== 'function') return;
    const { register } = Class.prototype;
    defineProperty(Class.prototype, 'register', {
      __proto__: null,
      value: function (specifier, parentURL, data, isInternal) {
        if (isInternal && specifier !== MOCKS) throw new Error('permit registers no internal module as module hooks');
        return apply(register, this, [specifier, parentURL, data, isInternal === true]);
      },
    });
  };
  if (!isMain) {
    const hooks = load('internal/modules/esm/hooks');
    guardRegister(hooks.Hooks);
    guardRegister(hooks.AsyncLoaderHooksOnLoaderHookWorker);
  }
  if (builtinModule() !== undefined) return undefined;
  const {
    async_hook_fields: hookFields,
    constants: { kInit: hookInit },
  } = internalBinding('async_wrap');
  const { InternalWorker } = load('internal/worker');
  const { emitInit } = load('internal/async_hooks');
  const hasWebStorage = apply(has, map, ['internal/webstorage']);
  return {
    __proto__: null,
    internals: { __proto__: null, InternalWorker, emitInit, hookFields, hookInit, internalBinding, hasWebStorage },
  };
});
//# sourceURL=permit:deserializer
