'use strict';
// A message between threads names the class of a transferred object. Node creates an object of that
// class, of any internal module. It checks only for a method under a symbol that programs can find.
// With such a method on `Object.prototype`, a program got Node's module loader. permit creates only
// the classes that Node itself transfers.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: ERR_NO_CLASS
// Control: none: no grant hands out what the hooks stand on
const attempt = require('../helpers/attempt.js');
const { BlockList } = require('node:net');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');

/** The class of Node's modules, if a message makes one. `send` sends an object, and gives what arrives. */
const loader = (object, send) => {
  const symbolOf = (name) => Object.getOwnPropertySymbols(Object.getPrototypeOf(object)).find(({ description }) => description === name);
  const deserialize = symbolOf('messaging_deserialize_symbol');
  let found;
  const { prototype } = Object;
  Object.defineProperty(prototype, deserialize, { configurable: true, value() {} });
  Object.defineProperty(prototype, 'filename', { configurable: true, set() { found ??= this.constructor; } });
  const value = () => ({ data: {}, deserializeInfo: 'internal/bootstrap/realm:BuiltinModule' });
  Object.defineProperty(object, symbolOf('messaging_clone_symbol'), { configurable: true, value });
  try {
    send(object);
  } catch {
    // Node says that it knows no such class.
  } finally {
    delete prototype[deserialize];
    delete prototype.filename;
  }
  if (!found) throw Object.assign(new Error('no class'), { code: 'ERR_NO_CLASS' });
  return found;
};
const read = ({ D }, Class) => {
  const { internalBinding } = Class.map.get('internal/test/binding').compileForInternalLoader();
  const { open } = internalBinding('fs');
  const blob = [internalBinding('blob').createBlobFromFilePath(`${D}/secret`)].flat()[0];
  return open && new Promise((resolve) => {
    blob.getReader().pull((status, bytes) => bytes && resolve(Buffer.from(bytes)));
  });
};
const through = (object) => {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(object);
    return receiveMessageOnPort(port2);
  } finally {
    port1.close();
  }
};

attempt({
  structuredClone: (place) => read(place, loader(new BlockList(), structuredClone)),
  'a Blob through a port': (place) => read(place, loader(new Blob(['x']), through)),
  'in a worker': (place) => attempt.thread(new Worker(attempt.program(`(() => {
    const { MessageChannel, receiveMessageOnPort } = threads;
    const loader = ${loader}, read = ${read};
    return read(place, loader(new (require('net').BlockList)(), structuredClone));
  })()`, place), { eval: true })),
  '+ what Node sends': async () => {
    const sent = [structuredClone(new Blob(['got'])), structuredClone(new BlockList()), structuredClone(require('node:perf_hooks').createHistogram())];
    const { port1, port2 } = new MessageChannel();
    const { readable } = new TransformStream();
    port1.postMessage(readable, [readable]);
    sent.push(receiveMessageOnPort(port2).message);
    port1.close();
    return `${await sent[0].text()} ${sent.length}`;
  },
});
