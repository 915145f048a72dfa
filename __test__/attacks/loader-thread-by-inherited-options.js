'use strict';
// Node makes the loader thread from an options object that inherits from `Object.prototype`. A
// program that sets properties there removes the preload of the thread, or replaces it.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Alone: a process has one loader thread
const attempt = require('../helpers/attempt.js');
const { once } = require('node:events');
const { register } = require('node:module');
const { MessageChannel } = require('node:worker_threads');

async function loaded(place, properties) {
  const { port1, port2 } = new MessageChannel();
  const { defineProperty } = Object;
  // Assignments elsewhere go on as they would.
  const set = (name) => function assign(value) { defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true }); };
  for (const name of Object.keys(properties)) defineProperty(Object.prototype, name, { configurable: true, ...(properties[name].get && { set: set(name) }), ...properties[name] });
  try {
    register(`data:text/javascript,${encodeURIComponent(`
      import fs from 'node:fs';
      export async function initialize({ port, secret }) {
        try { port.postMessage({ got: fs.readFileSync(secret, 'utf8') }); }
        catch ({ code, permission, resource }) { port.postMessage({ code, permission, resource }); }
      }`)}`, { data: { port: port2, secret: `${place.D}/secret` }, transferList: [port2] });
  } finally {
    for (const name of Object.keys(properties)) delete Object.prototype[name];
  }
  return attempt.heard((await once(port1, 'message'))[0]);
}

attempt({
  'no arguments': (place) => loaded(place, { execArgv: { value: [] } }),
  'no arguments, by an accessor': (place) => loaded(place, { execArgv: { get: () => [] } }),
  'an environment without the variable': (place) => loaded(place, { env: { value: {} } }),
  'both': (place) => loaded(place, { execArgv: { value: [] }, env: { value: { NODE_OPTIONS: '' } } }),
  'an accessor that runs in between': (place) => loaded(place, {
    argv: { get() { Object.defineProperty(this, 'execArgv', { value: [] }); return undefined; } },
  }),
  'a name that is asked for in between': (place) => loaded(place, {
    name: { get() { Object.defineProperty(this, 'execArgv', { value: [] }); return ''; } },
  }),
});
