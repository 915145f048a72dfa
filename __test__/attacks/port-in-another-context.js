'use strict';
// Node makes the classes of ports anew in another context, and calls a method of the program on the
// new port meanwhile. By the native `postMessage` that it finds there, a program sends a worker a
// start of its own. So ports are moved to other contexts only where addons are granted.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: Addon moveMessagePortToContext
// Control: --allow-addons
const attempt = require('../helpers/attempt.js');
const vm = require('node:vm');
const { MessageChannel, MessagePort, moveMessagePortToContext } = require('node:worker_threads');

const oninit = Object.getOwnPropertySymbols(MessagePort.prototype).find((key) => key.description === 'oninit');

attempt({
  'by a method that Node calls on a new port'() {
    let found;
    const context = vm.createContext({
      key: oninit,
      hook(port) {
        let holder = port;
        while (holder && !Object.getOwnPropertyDescriptor(holder, 'postMessage')) holder = Object.getPrototypeOf(holder);
        found = holder?.postMessage;
      },
    });
    vm.runInContext(
      `{
        const [call, symbol, keys] = [hook, key, Reflect.ownKeys];
        Reflect.ownKeys = (object) => keys(object).filter((name) => name !== symbol);
        Object.defineProperty(Object.prototype, symbol, { configurable: true, value() { call(this); } });
      }`,
      context,
    );
    moveMessagePortToContext(new MessageChannel().port1, context).close();
    return typeof found === 'function' ? 'a function' : Promise.reject(new Error('found nothing'));
  },
});
