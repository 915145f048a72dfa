'use strict';
// `napi_throw` does nothing on a thread that Node is ending. A guard that refuses by an exception
// alone then refuses nothing.
// A loop of refused calls spends nearly all its time in the guard, so `terminate()` finds it there.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D} --allow-child-process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { setTimeout: after } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

const TURNS = 12;

/** Ends a worker in the middle of `call`, over and over, until it has left the secret where it may be read. */
async function ended(place, call) {
  const out = `${place.A}/out`;
  for (let turn = 0; turn < TURNS && !fs.existsSync(out); turn += 1) {
    const worker = new Worker(`
      const fs = require('fs'), { spawnSync } = require('child_process'), { parentPort, workerData: { secret, out } } = require('worker_threads');
      parentPort.postMessage('up');
      for (;;) { try { ${call} } catch {} }`, { eval: true, workerData: { secret: `${place.D}/secret`, out } });
    await new Promise((resolve) => worker.once('message', resolve));
    await after(3 + (turn % 5));
    await worker.terminate();
    await after(20);
  }
  return fs.readFileSync(fs.existsSync(out) ? out : `${place.D}/secret`, 'utf8');
}

const shell = "'/bin/sh', ['-c', 'cat \"$1\" > \"$2\"', 'sh', secret, out";

attempt({
  'a file is copied': (place) => ended(place, 'fs.copyFileSync(secret, out);'),
  'a program is started': (place) => ended(place, `spawnSync(${shell}]);`),
  'while an argument is converted': (place) => ended(place, `spawnSync(${shell}, { toString() { for (let i = 0; i < 1e5; i++); return ''; } }]);`),
});
