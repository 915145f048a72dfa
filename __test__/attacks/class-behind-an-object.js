'use strict';
// The `constructor` of a native object is often its class. async_hooks gives a program the objects
// that Node makes for itself. The program makes an object of the class, past the public function,
// and the class opens any path.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-wasi
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}
// Control: only --allow-fs-read=${ROOT} --allow-fs-write=${ROOT} --allow-wasi
// Node: >=26 for the job that reads a whole file: older ones have none
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const fs = require('node:fs');
const { WASI } = require('node:wasi');

/** The class of a name among what Node makes while something is used. */
function classOf(name, use) {
  let found;
  const hook = createHook({ init(id, type, trigger, resource) { if (resource?.constructor?.name === name) found ??= resource.constructor; } }).enable();
  use();
  hook.disable();
  return found;
}

attempt({
  'the job that reads a whole file': ({ A, D }) => attempt.called((done) => {
    const Job = classOf('ReadFileJob', () => fs.readFile(`${A}/file`, () => {}));
    const job = new Job(`${D}/secret`, fs.constants.O_RDONLY, 1024, true);
    job.ondone = done;
    const refused = job.run(`${A}/file`);
    if (refused) done(refused);
  }),
  'a WASI instance': ({ D }) => {
    const { wasiImport } = new WASI({ version: 'preview1' });
    const Raw = wasiImport.constructor;
    const raw = new Raw([], [], ['/', D], [0, 1, 2]);
    const memory = new WebAssembly.Memory({ initial: 1 });
    raw._setMemory(memory);
    const view = new DataView(memory.buffer);
    Buffer.from('secret').copy(Buffer.from(memory.buffer), 1024);
    raw.path_open(3, 0, 1024, 6, 0, 2n, 0n, 0, 0);
    view.setUint32(16, 2048, true);
    view.setUint32(20, 4096, true);
    raw.fd_read(view.getUint32(0, true), 16, 1, 32);
    return Buffer.from(memory.buffer, 2048, view.getUint32(32, true)).toString();
  },
});
