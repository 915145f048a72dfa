'use strict';
// No hole of Node's: variables name folders that Node writes by itself, before a preload or after the program, whatever was
// granted. A program puts them into the environment of a thread or a child, or into its own before it makes one, and names a
// folder by a link. Here a thread or child is told of no compile cache, and of no other that it may not write.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker --allow-child-process
// Takes: a change of ${D}
// Refused: ChildProcess NODE_V8_COVERAGE=${D}/coverage
// Refused: ChildProcess NODE_V8_COVERAGE=${A}/folder/coverage
// Refused: silently
// Control: none: what withholds the compile cache is no grant
// Given: link ${A}/folder to ${D}
// Given: file ${A}/program.js holding exports.done = function () { return 1; };
// Node: >=22 for a cache of a worker, a cache after the variable, a cache that is shared, a cache of a child by a link: Node 20 has no compile cache
// Alone: the variables are of the process
const attempt = require('../helpers/attempt.js');
const { execFileSync } = require('node:child_process');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const thread = ({ A }, options) => new Promise((resolve, reject) => {
  new Worker(`${A}/program.js`, options).on('exit', () => resolve()).on('error', reject);
});
const child = ({ A }, options) => { execFileSync(process.execPath, [`${A}/program.js`], options); };

attempt({
  'a cache of a worker': (place) => thread(place, { env: { NODE_COMPILE_CACHE: `${place.D}/cache` } }),
  'a cache after the variable': (place) => {
    process.env.NODE_COMPILE_CACHE = `${place.D}/cache`;
    return thread(place);
  },
  'a cache that is shared': (place) => {
    process.env.NODE_COMPILE_CACHE = `${place.D}/cache`;
    return thread(place, { env: SHARE_ENV });
  },
  'a cache of a child by a link': (place) => child(place, { env: { NODE_COMPILE_CACHE: `${place.A}/folder/cache` } }),
  'coverage of a child': (place) => child(place, { env: { NODE_V8_COVERAGE: `${place.D}/coverage` } }),
  'coverage of a child by a link': (place) => child(place, { env: { NODE_V8_COVERAGE: `${place.A}/folder/coverage` } }),
  'coverage after the variable': (place) => {
    process.env.NODE_V8_COVERAGE = `${place.D}/coverage`;
    return child(place);
  },
});
