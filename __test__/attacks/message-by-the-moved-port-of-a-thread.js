'use strict';
// Node sends the script to a new thread by a port. permit guards this port. While Node made the
// worker, a program could move the port to another object, or put an accessor on the native handle
// that held it, or on `Object.prototype`. Then permit guarded an object without the port, and the
// program sent messages before the script. permit takes the port before the hooks hear of the
// handle, and marks it as one that no message takes along.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: ERR_ACCESS_DENIED
// Refused: ERR_KEPT
// Control: none: no grant has permit pass such a message on
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { createContext } = require('node:vm');
const threads = require('node:worker_threads');

const { MessageChannel, MessagePort: { prototype }, Worker } = threads;
const { start, postMessage } = prototype;
/** Node appends the texts to the options of the thread. */
const early = {
  type: 'stdioPayload',
  stream: 'execArgv',
  chunks: [{ chunk: '--expose-internals', encoding: '--no-warnings' }],
};
const kept = () => Object.assign(new Error('the port stays where it is'), { code: 'ERR_KEPT' });
/** Makes a worker, and sends the message to a port before the script. What the worker told. */
const told = async (port) => {
  prototype.postMessage = function (message, ...rest) {
    if (message?.hasStdin === undefined) return postMessage.call(this, message, ...rest);
    prototype.postMessage = postMessage;
    if (!port()) throw kept();
    port().postMessage(early);
    return port().postMessage(message, ...rest);
  };
  try {
    return await attempt.thread(new Worker(attempt.program(`(() => {
      if (process.execArgv.includes('--expose-internals')) return 'changed';
      throw Object.assign(new Error('as they were'), { code: 'ERR_UNCHANGED' });
    })()`), { eval: true }));
  } finally {
    Object.assign(prototype, { start, postMessage });
  }
};
/** Moves the port of the worker as soon as Node starts it. */
const moved = (move) => {
  let port;
  prototype.start = function () {
    prototype.start = start;
    try {
      port = move(this);
    } catch (error) {
      throw error.code === 'ERR_ACCESS_DENIED' ? error : kept();
    }
    port.start();
  };
  return told(() => port);
};

attempt({
  structuredClone: () => moved((port) => structuredClone(port, { transfer: [port] })),
  'a message': () => moved((port) => {
    const { port1, port2 } = new MessageChannel();
    postMessage.call(port1, port, [port]);
    return threads.receiveMessageOnPort(port2).message;
  }),
  'another context': () => {
    return moved((port) => threads.moveMessagePortToContext(port, createContext()));
  },
  'a setter above the handle': async () => {
    const { port1, port2 } = new MessageChannel();
    const { prototype: above } = Object;
    let port;
    const set = (value) => { port ??= value; };
    Object.defineProperty(above, 'messagePort', { configurable: true, get: () => port1, set });
    try {
      return await told(() => port);
    } finally {
      delete above.messagePort;
      port2.close();
    }
  },
  'an accessor on the handle': async () => {
    const { port1, port2 } = new MessageChannel();
    let port;
    const init = (id, type, trigger, handle) => {
      if (type !== 'WORKER') return;
      const set = (value) => { port = value; };
      Object.defineProperty(handle, 'messagePort', { configurable: true, get: () => port1, set });
    };
    const hook = createHook({ init }).enable();
    try {
      return await told(() => port);
    } finally {
      hook.disable();
      port2.close();
    }
  },
});
