'use strict';
// A worker that was given less than its maker shares its descriptors: what the main thread has open, the worker can name by
// number. Here it uses those of files that it could open itself, and what every process is given.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-fs-write=${A} --allow-fs-write=${D} --allow-worker --allow-child-process --allow-net
// Takes: the secret
// Refused: FileSystemRead
// Refused: FileSystemWrite
// Refused: ERR_INVALID_ARG_TYPE
// Control: none: the worker is given less, whatever its maker has
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');

/** What a worker with a policy of its own gets of the file that the main thread has open. */
const less = (place, expression, permission = { 'allow-fs-read': [place.A], 'allow-child-process': true, 'allow-net': true }) => {
  const descriptor = fs.openSync(`${place.D}/secret`, 'r+');
  return attempt.thread(new Worker(attempt.program(expression, { ...place, descriptor }), { eval: true, permission }));
};

/** Opens a file, and tells the request the number of another one before the request has ended. */
const told = (path, flags) => `(() => {
    const { AsyncResource, createHook } = require('node:async_hooks');
    let request;
    let id;
    const hook = createHook({ init(number, type, trigger, resource) {
      if (type === 'FSREQCALLBACK' && !request) [request, id] = [resource, number];
    } }).enable();
    fs.open(${path}, '${flags}', () => {});
    hook.disable();
    const scope = new AsyncResource('scope');
    for (const key of Object.getOwnPropertySymbols(scope)) if (key.description === 'async_id_symbol') scope[key] = id;
    scope.runInAsyncScope(() => request.oncomplete.call(request, null, place.descriptor));
    const bytes = Buffer.alloc(64);
    fs.readSync(place.descriptor, bytes, 0, 64, 0);
    return bytes;
  })()`;

attempt({
  readSync: (place) => less(place, '(() => { const b = Buffer.alloc(64); fs.readSync(place.descriptor, b, 0, 64, 0); return b; })()'),
  read: (place) => less(place, 'new Promise((resolve, reject) => fs.read(place.descriptor, Buffer.alloc(64), 0, 64, 0, (e, n, b) => e ? reject(e) : resolve(b)))'),
  readvSync: (place) => less(place, '(() => { const b = Buffer.alloc(64); fs.readvSync(place.descriptor, [b], 0); return b; })()'),
  'readFileSync of a number': (place) => less(place, 'fs.readFileSync(place.descriptor)'),
  'readFileSync of a number as text': (place) => less(place, "fs.readFileSync(place.descriptor, 'utf8')"),
  'readFile of a number': (place) => less(place, 'new Promise((resolve, reject) => fs.readFile(place.descriptor, (e, b) => e ? reject(e) : resolve(b)))'),
  'a stream': (place) => less(place, `new Promise((resolve, reject) => fs.createReadStream(null, { fd: place.descriptor }).on('data', resolve).on('error', reject))`),
  'the raw class behind a FileHandle': (place) => less(place, `(async () => {
    const handle = global.kept = await fs.promises.open(place.A + '/file');
    const symbol = Object.getOwnPropertySymbols(handle).find((key) => handle[key]?.getAsyncId);
    const raw = global.other = new handle[symbol].constructor(place.descriptor);
    return fs.readFileSync(raw.fd);
  })()`),
  'a child': (place) => less(place, "require('child_process').spawnSync('cat', { stdio: [place.descriptor, 'pipe', 'inherit'] }).stdout"),
  'a child, by a number that is text': (place) => less(place, `(() => {
    let reads = 0;
    const entry = { get fd() { return reads++ ? String(place.descriptor) : place.descriptor; } };
    return require('child_process').spawnSync('cat', { stdio: [entry, 'pipe', 'inherit'] }).stdout;
  })()`),
  'a number that the program tells a request': (place) => less(place, told("place.A + '/file'", 'r')),
  'a number that the program tells a refused request': (place) => less(place, told("place.D + '/secret'", 'r+')),
  'a copy through its link': (place) => less(place, "fs.readFileSync('/proc/self/fd/' + place.descriptor)"),
  'closed, and another file in its place': (place) => less(place, `(() => {
    fs.closeSync(place.descriptor);
    return 'closed';
  })()`).then(() => fs.readFileSync(`${place.D}/secret`)),
  '+ a file of its own': (place) => less(place, "(() => { const f = fs.openSync(place.A + '/file'); const b = fs.readFileSync(f); fs.closeSync(f); return b; })()"),
});
