'use strict';
// No hole of Node's: the thread of the hooks of `module.register` is told of a compile cache by the variable of the process, and
// would take permit itself from there. permit starts the thread without the variable.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker --allow-addons
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Node: >=22: Node 20 has no compile cache
// Alone: the cache is of the process
const attempt = require('../helpers/attempt.js');
const { once } = require('node:events');
const { register } = require('node:module');
const { MessageChannel } = require('node:worker_threads');

attempt({
  'after the variable': async (place) => {
    process.env.NODE_COMPILE_CACHE = attempt.poisoned(place);
    const { port1, port2 } = new MessageChannel();
    register(`data:text/javascript,${encodeURIComponent(`
      import fs from 'node:fs';
      export async function initialize({ port, secret }) {
        try { port.postMessage({ got: fs.readFileSync(secret, 'utf8') }); }
        catch ({ code, permission, resource }) { port.postMessage({ code, permission, resource }); }
      }`)}`, { data: { port: port2, secret: `${place.D}/secret` }, transferList: [port2] });
    return attempt.heard((await once(port1, 'message'))[0]);
  },
});
