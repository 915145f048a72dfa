// The internals of Node's handles that the network guards use, captured before the program runs:
// the symbols under which Node keeps the owner of a handle, the getters of a handle's descriptor,
// and functions that turn the error that Node makes of an error number into the refusal.
(function (Socket, TCP, Pipe, UDP, FileHandle, primordials) {
  'use strict';
  const { apply, defineProperty, getPrototypeOf, getOwnPropertyDescriptor } = primordials;
  const symbolOf = (object, value) => {
    for (const key of Object.getOwnPropertySymbols(object)) if (object[key] === value) return key;
    return undefined;
  };
  const descriptorOf = (Class) => {
    for (let at = Class.prototype; at !== null; at = getPrototypeOf(at)) {
      const found = getOwnPropertyDescriptor(at, 'fd');
      if (found !== undefined) return found.get;
    }
    return undefined;
  };
  const handle = new TCP(0);
  const socket = new Socket({ handle, manualStart: true });
  const resource = { __proto__: null };
  handle.asyncReset(resource);
  const owner = symbolOf(handle, socket);
  const stands = symbolOf(handle, resource);
  socket.destroy();

  const own = (object, name) => {
    const found = typeof object === 'object' && object !== null ? getOwnPropertyDescriptor(object, name) : undefined;
    return found === undefined ? undefined : found.value;
  };

  // For TLS, Node sets the owner on the handle of the first attempt only. This sets it on the
  // handles of further attempts.
  const again = Object.getOwnPropertySymbols(Socket.prototype).find(
    ({ description }) => description === 'kReinitializeHandle',
  );
  if (again !== undefined) {
    const reinitialize = Socket.prototype[again];
    Socket.prototype[again] = function reinitializeHandle(made) {
      const below = own(made, '_parent');
      if (typeof below === 'object' && below !== null) below[owner] = this;
      return apply(reinitialize, this, [made]);
    };
  }

  // Copies a refusal to an error. Reading the stack may run `Error.prepareStackTrace` of the
  // program, which may throw.
  const words = ['message', 'code', 'permission', 'resource', 'grant', 'host', 'syscall', 'errno', 'address', 'port'];
  const say = (error, refusal) => {
    for (let at = 0; at < words.length; at++) {
      const value = own(refusal, words[at]);
      if (value === undefined) continue;
      defineProperty(error, words[at], {
        __proto__: null,
        value,
        writable: true,
        enumerable: at > 0,
        configurable: true,
      });
    }
    try {
      const { stack } = refusal;
      defineProperty(error, 'stack', { __proto__: null, value: stack, writable: true, configurable: true });
    } catch {
      // The error keeps the stack that Node gave it.
    }
  };
  const { prependListener, removeListener } = Socket.prototype;
  let { prototype } = Socket;
  while (getOwnPropertyDescriptor(prototype, 'prependListener') === undefined) prototype = getPrototypeOf(prototype);
  const { errorMonitor } = prototype.constructor;
  // Runs when all addresses have failed. Node gives the common error only the code of the first
  // one.
  const failed = (error) => {
    const first = own(own(error, 'errors'), 0);
    if (own(first, 'permission') !== undefined) say(error, first);
  };
  // Turns the error of one refused address into the refusal. Node makes an error of the number that
  // it gets, and tries the next address.
  const next = (to, refusal) => {
    const attempted = (address, port, family, error) => {
      apply(removeListener, to, ['connectionAttemptFailed', attempted]);
      say(error, refusal);
    };
    apply(prependListener, to, ['connectionAttemptFailed', attempted]);
    apply(removeListener, to, [errorMonitor, failed]);
    apply(prependListener, to, [errorMonitor, failed]);
  };
  // Turns the next error of this emitter into the refusal: Node makes an error of the number that
  // it gets for a bind.
  const refuse = (to, refusal) => {
    const heard = (error) => {
      apply(removeListener, to, [errorMonitor, heard]);
      say(error, refusal);
    };
    apply(prependListener, to, [errorMonitor, heard]);
  };
  // Servers that listen at a name. Node looks the name up, then makes a handle and binds it, and
  // the handle has no owner yet. The server gets the error of a bind on the next tick.
  let waiting = 0;
  let refused;
  const waits = (server) => {
    const stop = () => {
      waiting--;
      apply(removeListener, server, [errorMonitor, heard]);
      apply(removeListener, server, ['listening', stop]);
      apply(removeListener, server, ['close', stop]);
    };
    const heard = (error) => {
      stop();
      if (refused !== undefined && own(error, 'port') === own(refused, 'port') && own(error, 'syscall') === 'listen')
        say(error, refused);
      refused = undefined;
    };
    waiting++;
    apply(prependListener, server, [errorMonitor, heard]);
    apply(prependListener, server, ['listening', stop]);
    apply(prependListener, server, ['close', stop]);
  };
  // Returns true if a server will get this refusal of a bind.
  const refusesServer = (refusal) => {
    if (waiting === 0) return false;
    refused = refusal;
    return true;
  };
  return {
    __proto__: null,
    owner,
    stands,
    next,
    refuse,
    waits,
    refusesServer,
    TCP: descriptorOf(TCP),
    Pipe: descriptorOf(Pipe),
    UDP: descriptorOf(UDP),
    FileHandle: descriptorOf(FileHandle),
  };
});
//# sourceURL=permit:handle_internals
