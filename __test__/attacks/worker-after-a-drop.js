'use strict';
// Under Node 26.10 a new worker has back all that the process gave up by `drop()`. Here a drop reaches the thread that
// calls it, the workers that it has, and all that it starts later.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: without the drop
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

const reads = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);

attempt({
  'a worker that starts later': (place) => {
    place.drop('fs.read', place.D);
    return attempt.thread(new Worker(reads(place), { eval: true }));
  },
  'a worker that starts later, without arguments': (place) => {
    place.drop('fs.read', place.D);
    return attempt.thread(new Worker(reads(place), { eval: true, execArgv: [], env: {} }));
  },
  'a worker that lives': (place) => {
    const wait = "new Promise((go) => threads.parentPort.once('message', go)).then(() => fs.readFileSync(place.D + '/secret', 'utf8'))";
    const worker = new Worker(attempt.program(wait, place), { eval: true });
    place.drop('fs.read', `${place.D}/secret`);
    worker.postMessage('go');
    return attempt.thread(worker);
  },
});
