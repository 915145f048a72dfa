'use strict';
// Node's main thread has the loader thread register hooks by a message, which may name an internal
// module. A program that replaced a method of `MessagePort` sent such a message itself, on either
// thread, or changed one of Node's. Node looked for `initialize` on what the internal module
// exports, and met an accessor on `Object.prototype`. The exports of `internal/test/binding` give
// every binding, and one of those reads any file. permit registers no internal module as hooks.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: ERR_NO_INTERNAL_MODULE
// Control: none: no grant has permit register an internal module
// Alone: there is one loader thread
const attempt = require('../helpers/attempt.js');
const { register } = require('node:module');
const { MessageChannel, MessagePort } = require('node:worker_threads');

const SAYS = 'permit registers no internal module as module hooks';
const INTERNAL = 'internal/test/binding';
const { prototype } = MessagePort;
const { postMessage } = prototype;

/** Hooks that wait on their thread for exports with every binding, and read the file by one. */
const waiting = (more) => `data:text/javascript,${encodeURIComponent(`
  import { MessageChannel, MessagePort } from 'node:worker_threads';
  import { inspect } from 'node:util';
  export function initialize({ port, secret, args }) {
    const { defineProperty } = Object;
    let met = false;
    const get = function () {
      if (met || typeof this.internalBinding !== 'function') return;
      met = true;
      const made = this.internalBinding('blob').createBlobFromFilePath(secret);
      const reader = (Array.isArray(made) ? made[0] : made).getReader();
      reader.pull((status, bytes) => {
        port.postMessage({ got: bytes ? Buffer.from(bytes).toString() : status });
      });
    };
    // Assignments elsewhere go on as they would.
    const set = function (value) {
      defineProperty(this, 'initialize', { value, writable: true, enumerable: true, configurable: true });
    };
    defineProperty(Object.prototype, 'initialize', { configurable: true, get, set });
    ${more}
  }`)}`;

/** Registers such hooks, and tells what comes of a message that `send` has Node get. */
async function told(place, more, args, send) {
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((resolve) => { port1.on('message', resolve); });
  const data = { port: port2, secret: `${place.D}/secret`, args };
  register(waiting(more), { data, transferList: [port2] });
  const failed = await send(said);
  const { got, answer } = failed ? { answer: failed } : await said;
  if (got) return got;
  const code = String(answer).includes(SAYS) ? 'ERR_NO_INTERNAL_MODULE' : 'ERR_OTHER';
  throw Object.assign(new Error(answer), { code });
}

/** The loader thread takes the listener of its messages as Node removes it, and calls it. */
const listener = (place, ...args) => told(place, `
  const { off } = MessagePort.prototype;
  MessagePort.prototype.off = function (name, listener) {
    if (name === 'message') {
      MessagePort.prototype.off = off;
      const { port1, port2 } = new MessageChannel();
      port1.on('message', ({ body }) => {
        const bytes = Object.values(body ?? {}).find((value) => ArrayBuffer.isView(value));
        const answer = bytes ? Buffer.from(bytes).toString('latin1') : inspect(body);
        setTimeout(() => port.postMessage({ answer }), 100);
      });
      listener({ method: 'register', args, port: port2 });
    }
    return off.call(this, name, listener);
  };`, args, () => register('data:text/javascript,'));

/** The main thread changes the message of a registration, which throws what the other says. */
const changed = (place, ...args) => told(place, '', args, () => {
  prototype.postMessage = function (message, ...rest) {
    const other = message?.method === 'register' ? { ...message, args } : message;
    return postMessage.call(this, other, ...rest);
  };
  try {
    register('data:text/javascript,');
  } catch ({ message }) {
    return message;
  } finally {
    prototype.postMessage = postMessage;
  }
  return undefined;
});

/** The main thread sends a message of its own, by the port that Node sends a registration by. */
const own = (place, ...args) => told(place, '', args, async (said) => {
  let port;
  prototype.postMessage = function (message, ...rest) {
    if (message?.method === 'register') port = this;
    return postMessage.call(this, message, ...rest);
  };
  try {
    register('data:text/javascript,');
  } finally {
    prototype.postMessage = postMessage;
  }
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve) => { port1.on('message', resolve); });
  port.postMessage({ method: 'register', args, port: port2 }, [port2]);
  const got = await Promise.race([said.then(() => undefined), answered]);
  const bytes = Object.values(got?.body ?? {}).find((value) => ArrayBuffer.isView(value));
  return bytes && Buffer.from(bytes).toString('latin1');
});

attempt({
  'the listener of the loader thread': (place) => listener(place, INTERNAL, null, null, true),
  'the listener, with a value like true': (place) => listener(place, INTERNAL, null, null, 1),
  'a changed message': (place) => changed(place, INTERNAL, null, null, true),
  'a changed message, with a value like true': (place) => changed(place, INTERNAL, null, null, 'yes'),
  'a message of its own': (place) => own(place, INTERNAL, null, null, true),
});
