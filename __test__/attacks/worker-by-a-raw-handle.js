'use strict';
// The handle below a worker starts a thread without looking at options: its class can be had by async_hooks. Here its
// `startThread` refuses a thread that permit is not making.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: WorkerThreads
// Control: none: a raw handle starts no thread, whatever is granted
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { Worker } = require('node:worker_threads');

const handle = () => {
  let found;
  const hook = createHook({ init(id, type, trigger, resource) { if (type === 'WORKER') found ??= resource; } }).enable();
  const worker = new Worker('', { eval: true });
  hook.disable();
  worker.unref();
  return found;
};

attempt({
  'a handle of its class': () => {
    const Raw = Object.getPrototypeOf(handle()).constructor;
    const raw = new Raw(null, {}, [], new Float64Array(4), true, false);
    return raw.startThread() ?? 'started';
  },
});
