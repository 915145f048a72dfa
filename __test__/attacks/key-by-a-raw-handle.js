'use strict';
// The handle below a key reads a key file by its URL. Its class can be had by async_hooks, from the
// job that makes a key. In a worker permit did not hook that class. Now it does in each thread.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: OpenSSLStore
// Given: file ${D}/key.pem holding -----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDoresZuxqUhpHs+Ip9M4efVOFm+9Hg/1PlUbo0w5GbD\n-----END PRIVATE KEY-----\n
// Node: >=24: older Nodes know no keys by URL
// Control: --allow-openssl-store
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** The private key that a handle of a captured class reads from the file. */
const read = (require, place) => new Promise((resolve, reject) => {
  // Older Nodes end the process at the arguments of `init`.
  if (process.versions.node < '24') throw new Error('no keys by URL');
  const use = (Handle) => {
    const handle = new Handle();
    handle.init(2, { uri: `${place.D}/key.pem`, properties: null }, 6, null, null, null);
    return handle.exportJwk({}, false).d;
  };
  const init = (id, type, trigger, job) => {
    const ondone = (error, made) => {
      try {
        resolve(use(made.constructor));
      } catch (refusal) {
        reject(refusal);
      }
    };
    const accessor = { configurable: true, get: () => ondone, set() {} };
    if (/KEYGEN|JOB/i.test(type)) Object.defineProperty(job, 'ondone', accessor);
  };
  const hook = require('async_hooks').createHook({ init }).enable();
  require('crypto').generateKey('hmac', { length: 64 }, () => {});
  hook.disable();
});
const program = (place) => attempt.program(`(${read})(require, place)`, place);

attempt({
  'in the process': (place) => read(require, place),
  'in a worker': (place) => attempt.thread(new Worker(program(place), { eval: true })),
  'in a worker of a worker': (place) => attempt.thread(new Worker(`
    const { Worker, parentPort } = require('worker_threads');
    new Worker(${JSON.stringify(program(place))}, { eval: true })
      .on('message', (said) => parentPort.postMessage(said));`, { eval: true })),
});
