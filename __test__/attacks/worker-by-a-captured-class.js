'use strict';
// The class that a guard replaces can often be had by another name: as a prototype's constructor, below a subclass, on
// the handle of a worker. Here every road to a thread leads over one function of Node's that permit holds.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const channel = require('node:diagnostics_channel');
const threads = require('node:worker_threads');
const { Worker } = threads;

const options = { eval: true, execArgv: [], env: {} };
const reads = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);

attempt({
  'the constructor on the prototype': (place) => attempt.thread(new Worker.prototype.constructor(reads(place), options)),
  'the class of a worker': (place) => attempt.thread(new (new Worker('', { eval: true }).constructor)(reads(place), options)),
  'a subclass': (place) => attempt.thread(new (class extends Worker {})(reads(place), options)),
  'Reflect.construct': (place) => attempt.thread(Reflect.construct(Worker, [reads(place), options], class extends Worker {})),
  'the class that the diagnostics channel tells of': (place) => {
    let found;
    channel.channel('worker_threads').subscribe(({ worker }) => { found ??= worker.constructor; });
    const first = new Worker('', { eval: true });
    return attempt.thread(new (found ?? first.constructor)(reads(place), options));
  },
  'a replaced Worker, put back': (place) => {
    const kept = threads.Worker;
    delete threads.Worker;
    threads.Worker = kept;
    return attempt.thread(new (require('worker_threads').Worker)(reads(place), options));
  },
  'ES import': async (place) => attempt.thread(new (await import('node:worker_threads')).Worker(reads(place), options)),
});
