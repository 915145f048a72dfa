'use strict';
// Under Node 26.10 a worker with an `execArgv` of its own is free of the model, and others are tied to it by flags and
// variables that their maker chooses. Here every worker gets permit first and its maker's policy, whatever it is given.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const start = (place, options) => attempt.thread(new Worker(attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place), { eval: true, ...options }));
/** A worker made while `process.env` is changed. */
const during = (changes, make) => {
  const { NODE_OPTIONS, PERMIT_OPTIONS, PERMIT_INHERITED } = process.env;
  Object.assign(process.env, changes);
  const made = make();
  for (const [name, value] of Object.entries({ NODE_OPTIONS, PERMIT_OPTIONS, PERMIT_INHERITED })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return made;
};

attempt({
  eval: (place) => start(place, {}),
  'execArgv: []': (place) => start(place, { execArgv: [] }),
  'env: {}': (place) => start(place, { env: {} }),
  'execArgv: [], env: {}': (place) => start(place, { execArgv: [], env: {} }),
  SHARE_ENV: (place) => start(place, { env: SHARE_ENV }),
  'SHARE_ENV, execArgv: []': (place) => start(place, { env: SHARE_ENV, execArgv: [] }),
  'an empty NODE_OPTIONS': (place) => start(place, { env: { NODE_OPTIONS: '' } }),
  'an empty NODE_OPTIONS of the process': (place) => during({ NODE_OPTIONS: '' }, () => start(place, {})),
  'a wider PERMIT_OPTIONS': (place) => start(place, { env: { PERMIT_OPTIONS: '--allow-fs-read=*' } }),
  'a wider PERMIT_OPTIONS of the process': (place) => during({ PERMIT_OPTIONS: '--allow-fs-read=*' }, () => start(place, { execArgv: [] })),
  'options that change while they are read': (place) => {
    let reads = 0;
    const once = (first, then) => ((reads += 1) === 1 ? first : then);
    return attempt.thread(new Worker(attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place), {
      eval: true, get execArgv() { return once(['--no-warnings'], []); }, get env() { return once(process.env, {}); },
    }));
  },
  'options on Object.prototype': (place) => {
    Object.prototype.execArgv = []; // oxlint-disable-line no-extend-native -- that is what is tried
    Object.prototype.env = {}; // oxlint-disable-line no-extend-native -- that is what is tried
    try {
      return start(place, {});
    } finally {
      delete Object.prototype.execArgv;
      delete Object.prototype.env;
    }
  },
  'a worker of a worker': (place) => attempt.thread(new Worker(attempt.program(
    `new Promise((resolve, reject) => new threads.Worker(${JSON.stringify(attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place))},
      { eval: true, execArgv: [], env: {} }).on('message', ({ got, ...error }) => got === undefined ? reject(error) : resolve(got)).on('error', reject))`,
  ), { eval: true, execArgv: [], env: {} })),
  'a data: URL': (place) => attempt.thread(new Worker(new URL(`data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs'; import { parentPort } from 'node:worker_threads';
    try { parentPort.postMessage({ got: fs.readFileSync('${place.D}/secret', 'utf8') }); }
    catch ({ code, permission, resource }) { parentPort.postMessage({ code, permission, resource }); }`)}`), { execArgv: [], env: {} })),
});
