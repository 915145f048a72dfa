'use strict';
// No hole of Node's: an environment that threads share can be changed by one while another makes a worker, after it was looked
// at and before Node reads `NODE_OPTIONS` in it. A preload named there would run before permit. Here a worker gets a copy.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Given: file ${A}/preload.js holding try { globalThis.found = require('fs').readFileSync(__dirname + '/../denied/secret', 'utf8'); } catch {}
const attempt = require('../helpers/attempt.js');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const TRIES = 25;

attempt({
  SHARE_ENV: async (place) => {
    const workerData = new Int32Array(new SharedArrayBuffer(4));
    const changing = new Worker(`const { workerData } = require('worker_threads');
      const before = process.env.NODE_OPTIONS ?? '';
      while (!Atomics.load(workerData, 0)) {
        process.env.NODE_OPTIONS = '-r ${place.A}/preload.js';
        process.env.NODE_OPTIONS = before;
      }`, { eval: true, env: SHARE_ENV, workerData });
    await attempt.event(changing, 'online');
    const program = attempt.program("globalThis.found ?? fs.readFileSync(place.D + '/secret', 'utf8')", place);
    let refusal;
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        try {
          return await attempt.thread(new Worker(program, { eval: true, env: SHARE_ENV, execArgv: [] }));
        } catch (error) {
          refusal = error;
        }
      }
    } finally {
      Atomics.store(workerData, 0, 1);
    }
    throw refusal;
  },
});
