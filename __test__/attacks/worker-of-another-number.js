'use strict';
// permit finds the policy of a thread by the number of the thread. async_hooks gives a program the
// handle of a worker before Node sets the number on it. An accessor on the handle answers with the
// number of another worker. If permit replaced that worker's entry, no drop would reach it.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: without the drop
// Alone: a drop is of the process
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { once } = require('node:events');
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');

attempt({
  'a number that is taken': async (place) => {
    const keeper = new Worker(`
      const { parentPort } = require('worker_threads');
      parentPort.on('message', (file) => {
        try { parentPort.postMessage({ got: require('fs').readFileSync(file, 'utf8') }); }
        catch ({ code, permission, resource }) { parentPort.postMessage({ code, permission, resource }); }
      });
      parentPort.postMessage('up');`, { eval: true });
    await once(keeper, 'message');
    const number = keeper.threadId;
    const hook = createHook({
      init(id, type, trigger, resource) {
        if (type === 'WORKER') Object.defineProperty(resource, 'threadId', { configurable: true, get: () => number, set() {} });
      },
    }).enable();
    try {
      await once(new Worker('', { eval: true }).on('error', () => {}), 'exit');
    } catch {
      // It may not be made at all.
    }
    hook.disable();
    place.drop('fs.read', place.D);
    if (process.permission) try { fs.readFileSync(`${place.D}/secret`); } catch { /* dropped here too */ }
    keeper.postMessage(`${place.D}/secret`);
    return attempt.heard((await once(keeper, 'message'))[0]);
  },
});
