'use strict';
// No hole of Node's: from its compile cache Node takes the code of preloads too, and knows an entry by checksums of a name and
// a text. A program that may write a folder can put there, under the name of permit's own file, what it has compiled itself: a
// thread or a child that is told of that folder would start without permit. Here none is told of any.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker --allow-child-process --allow-addons
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Node: >=22: Node 20 has no compile cache
// Alone: the cache is of the process
const attempt = require('../helpers/attempt.js');
const { execFileSync } = require('node:child_process');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const reads = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);
const start = (place, options) => attempt.thread(new Worker(reads(place), { eval: true, ...options }));

attempt({
  'a worker with the variable': (place) => start(place, { env: { NODE_COMPILE_CACHE: attempt.poisoned(place) } }),
  'a worker after the variable': (place) => {
    process.env.NODE_COMPILE_CACHE = attempt.poisoned(place);
    return start(place, {});
  },
  'a worker after the variable, execArgv: []': (place) => {
    process.env.NODE_COMPILE_CACHE = attempt.poisoned(place);
    return start(place, { execArgv: [] });
  },
  'a worker before the variable that they share': (place) => {
    const cache = attempt.poisoned(place);
    const started = start(place, { env: SHARE_ENV, execArgv: [] });
    process.env.NODE_COMPILE_CACHE = cache;
    return started;
  },
  'a child with the variable': (place) => attempt.heard(execFileSync(process.execPath, ['-e', reads(place)], { env: { NODE_COMPILE_CACHE: attempt.poisoned(place) } })),
  'a child after the variable': (place) => {
    process.env.NODE_COMPILE_CACHE = attempt.poisoned(place);
    return attempt.heard(execFileSync(process.execPath, ['-e', reads(place)]));
  },
});
