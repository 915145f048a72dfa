'use strict';
// The hooks of `module.register` run on a thread of Node's own making, which a guard of workers does not see. Here it gets permit
// as its first preload and the policy of the one that registers.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Alone: there is one loader thread
const attempt = require('../helpers/attempt.js');
const { once } = require('node:events');
const { register } = require('node:module');
const { MessageChannel } = require('node:worker_threads');

const hooks = (expression) => `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  export async function initialize({ port, place }) {
    try { port.postMessage({ got: await ${expression} }); }
    catch ({ code, permission, resource, message }) { port.postMessage({ code, permission, resource, message }); }
  }`)}`;
const read = async (place, expression) => {
  const { port1, port2 } = new MessageChannel();
  register(hooks(expression), { data: { port: port2, place: { D: place.D } }, transferList: [port2] });
  return attempt.heard((await once(port1, 'message'))[0]);
};

attempt({
  'fs.readFileSync': (place) => read(place, "fs.readFileSync(place.D + '/secret', 'utf8')"),
  'fs.promises.readFile': (place) => read(place, "fs.promises.readFile(place.D + '/secret', 'utf8')"),
});
