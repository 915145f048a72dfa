// What the hooks of the network need of Node's handles, taken before the program runs: the symbols under which Node
// keeps what a handle stands for, and the accessors that tell a handle's descriptor.
(function (Socket, TCP, Pipe, UDP, getPrototypeOf, getOwnPropertyDescriptor) {
  'use strict';
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
  return { __proto__: null, owner, stands, TCP: descriptorOf(TCP), Pipe: descriptorOf(Pipe), UDP: descriptorOf(UDP) };
});
//# sourceURL=permit:network
