'use strict';
// Node writes the coverage of a thread into the folder that a variable of its environment names, when the thread ends.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: a change of ${D}
// Refused: WorkerThreads NODE_V8_COVERAGE=${D}
// Control: --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const { once } = require('node:events');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const ends = async (options) => String(await once(new Worker('', { eval: true, ...options }), 'exit'));
const named = async (place, options) => {
  process.env.NODE_V8_COVERAGE = place.D;
  try {
    return await ends(options);
  } finally {
    delete process.env.NODE_V8_COVERAGE;
  }
};

attempt({
  'an environment of its own': (place) => ends({ env: { NODE_V8_COVERAGE: place.D } }),
  'a value that is converted': (place) => ends({ env: { NODE_V8_COVERAGE: { toString: () => place.D } } }),
  'the environment of the thread that makes it': (place) => named(place, {}),
  'a shared environment': (place) => named(place, { env: SHARE_ENV }),
});
