'use strict';
// `module.register` starts a thread, also where no worker may be made. Here it needs --allow-worker.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: WorkerThreads
// Control: --allow-worker
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');
const threads = require('node:worker_threads');

attempt({
  register: () => Module.register('data:text/javascript,export const load = (a, b, next) => next(a, b)') ?? 'registered',
  'new Worker': () => attempt.event(new threads.Worker('', { eval: true }), 'online'),
  'new Worker of a URL': () => attempt.event(new threads.Worker(new URL('data:text/javascript,')), 'online'),
  'ES import': async () => attempt.event(new (await import('node:worker_threads')).Worker('', { eval: true }), 'online'),
});
