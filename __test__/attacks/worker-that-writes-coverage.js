'use strict';
// Node writes the coverage of a thread when the thread ends. A variable in the environment of the
// thread names the folder.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: a change of ${D}
// Refused: WorkerThreads NODE_V8_COVERAGE=${D}
// Control: --allow-fs-write=${D}
// Alone: the variable is of the process
const attempt = require('../helpers/attempt.js');
const { once } = require('node:events');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const ends = async (options) => String(await once(new Worker('1', { eval: true, ...options }), 'exit'));
// Node collects coverage if the process has the variable. It takes the folder from the thread's.
const named = async (folder, options) => {
  process.env.NODE_V8_COVERAGE = folder;
  try {
    return await ends(options);
  } finally {
    delete process.env.NODE_V8_COVERAGE;
  }
};

attempt({
  'an environment of its own': ({ A, D }) => named(A, { env: { NODE_V8_COVERAGE: D } }),
  'a value that is converted': ({ A, D }) => named(A, { env: { NODE_V8_COVERAGE: { toString: () => D } } }),
  'the environment of the thread that makes it': ({ D }) => named(D, {}),
  'a shared environment': ({ D }) => named(D, { env: SHARE_ENV }),
});
