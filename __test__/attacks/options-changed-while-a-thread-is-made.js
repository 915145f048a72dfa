'use strict';
// Node's constructor of a worker runs code of the program before it has read all options: for the
// debug line that `NODE_DEBUG=worker` asks for, and for an accessor at `process.env`. Such code
// changed the options of a worker or of the loader thread. The thread then started without permit,
// or with `--expose-internals`. permit gives Node options that nobody can change.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Alone: a process has one loader thread and one `process.env`
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** What a thread tries: to read the secret, or else to get at the internals of Node. */
const reads = (require, place) => {
  try {
    return require('fs').readFileSync(`${place.D}/secret`, 'utf8');
  } catch (error) {
    try {
      return require('internal/test/binding') && 'the internals';
    } catch {
      throw error;
    }
  }
};
/** What the loader thread of a program told. */
const loaded = async (place) => {
  const { port1, port2 } = new (require('worker_threads').MessageChannel)();
  const hooks = `
    import { createRequire } from 'node:module';
    export function initialize({ port, place }) {
      try { port.postMessage({ got: (${reads})(createRequire('/x'), place) }); }
      catch ({ code, permission, resource }) { port.postMessage({ code, permission, resource }); }
    }`;
  const options = { data: { port: port2, place: { D: place.D } }, transferList: [port2] };
  require('module').register(`data:text/javascript,${encodeURIComponent(hooks)}`, options);
  return (await require('events').once(port1, 'message'))[0];
};
const inner = (place) => attempt.program(`(${reads})(require, place)`, place);
const put = (object, name, value) => {
  Object.defineProperty(object, name, { value, writable: true, configurable: true });
};
/** Runs a text in a worker that changes options as soon as Node prints its debug line. */
const debugged = (text) => attempt.thread(new Worker(`
  const { Worker, parentPort } = require('worker_threads');
  const reads = ${reads}, put = ${put}, { push } = Array.prototype, { write } = process.stderr;
  const isOptions = (value) => ['execArgv', 'env'].every((name) => Object.hasOwn(value, name));
  put(Array.prototype, 'push', function (value) {
    if (typeof value === 'object' && value !== null && isOptions(value)) {
      try { Object.assign(value, { execArgv: [], env: { __proto__: null } }); } catch {}
    }
    return push.apply(this, arguments);
  });
  process.stderr.write = function () {
    if (!isOptions(Object.prototype)) return write.apply(this, arguments);
    void ({}).execArgv;
    put(Object.prototype, 'execArgv', []);
    put(Object.prototype, 'env', { __proto__: null });
    return true;
  };
  const tell = (said) => parentPort.postMessage(said);
  ${text}`, { eval: true, env: { ...process.env, NODE_DEBUG: 'worker' }, stderr: true }));
/** Makes `process.env` an accessor that calls a function. */
const asked = (call) => {
  const { env } = process;
  const get = () => call() ?? env;
  Object.defineProperty(process, 'env', { configurable: true, enumerable: true, get });
};
const INTERNALS = ['--expose-internals', '--no-warnings'];

attempt({
  'a worker, by the debug line': (place) => debugged(`
    new Worker(${JSON.stringify(inner(place))}, { eval: true }).on('message', tell);`),
  'the loader thread, by the debug line': (place) => debugged(`
    (${loaded})(${JSON.stringify(place)}).then(tell);`),
  'a worker, by an accessor': (place) => {
    const options = { eval: true, execArgv: ['--no-warnings'] };
    asked(() => { options.execArgv = INTERNALS; });
    return attempt.thread(new Worker(inner(place), options));
  },
  'the loader thread, by an accessor': async (place) => {
    asked(() => {
      if (Object.hasOwn(Object.prototype, 'execArgv')) put(Object.prototype, 'execArgv', INTERNALS);
    });
    return attempt.heard(await loaded(place));
  },
});
