'use strict';
// No hole of Node's, which gives a worker all that the process has: a worker that was given less than its maker asks for
// what it was not given, by itself, by a worker of its own, and by a policy that it makes up. Here its policy lies under
// that of the thread that makes it, and nothing in it widens that.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: none: what withholds the secret is the program's own word, which the last way says otherwise
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

const reads = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);
const less = ({ A }) => ({ 'allow-fs-read': A, 'allow-worker': true });

attempt({
  'by itself': (place) => attempt.thread(new Worker(reads(place), { eval: true, permission: less(place) })),
  'by a worker of its own': (place) => {
    const inner = `const { Worker, parentPort } = require('worker_threads');
      new Worker(${JSON.stringify(reads(place))}, { eval: true }).on('message', (said) => parentPort.postMessage(said));`;
    return attempt.thread(new Worker(inner, { eval: true, permission: less(place) }));
  },
  'by a policy of its own': (place) => {
    const inner = `const { Worker, parentPort } = require('worker_threads');
      process.env.PERMIT_OPTIONS = '--allow-fs-read=*';
      new Worker(${JSON.stringify(reads(place))}, { eval: true, permission: { 'allow-fs-read': '*' } }).on('message', (said) => parentPort.postMessage(said));`;
    return attempt.thread(new Worker(inner, { eval: true, permission: less(place) }));
  },
  '+ what it was given': (place) => attempt.thread(new Worker(reads(place), { eval: true, permission: { 'allow-fs-read': place.D } })),
});
