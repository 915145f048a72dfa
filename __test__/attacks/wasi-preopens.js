'use strict';
// WASI opens files by itself: under Node a program with --allow-wasi reads and writes what `fs` is
// refused. permit asks for the whole folder, to read and to write, and for the targets of its links.
// WebAssembly makes no links there, because the kernel follows a link in the middle of a path.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-wasi
// Takes: the secret
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${A}/../denied
// Refused: FileSystem wasi: path_symlink
// Control: --allow-fs-read=* --allow-fs-write=*
const attempt = require('../helpers/attempt.js');
const { WASI } = require('node:wasi');

/** Opens `name` in the first folder and reads it, by the functions that a WebAssembly program would import. */
const read = (preopens, name, link) => {
  const wasi = new WASI({ version: 'preview1', preopens });
  // A module with a memory and nothing else.
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0]);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  wasi.initialize(instance);
  const memory = Buffer.from(instance.exports.memory.buffer);
  const view = new DataView(instance.exports.memory.buffer);
  if (link) {
    memory.write(link, 1024);
    memory.write('made', 512);
    const made = wasi.wasiImport.path_symlink(1024, link.length, 3, 512, 4);
    if (made !== 0) throw new Error(`path_symlink gave ${made}`);
  }
  memory.write(name, 1024);
  const opened = wasi.wasiImport.path_open(3, 0, 1024, name.length, 0, 2n, 2n, 0, 0);
  if (opened !== 0) throw new Error(`path_open gave ${opened}`);
  const descriptor = view.getUint32(0, true);
  view.setUint32(16, 2048, true);
  view.setUint32(20, 64, true);
  wasi.wasiImport.fd_read(descriptor, 16, 1, 32);
  return memory.subarray(2048, 2048 + view.getUint32(32, true));
};

attempt({
  'the denied folder': ({ D }) => read({ '/': D }, 'secret'),
  'with dots': ({ A }) => read({ '/': `${A}/../denied` }, 'secret'),
  'beside a granted one': ({ A, D }) => read({ '/': D, '/a': A }, 'secret'),
  'a link that it makes': ({ A }) => read({ '/': A }, 'made/secret', '../denied'),
  'an accessor': ({ A, D }) => {
    let looks = 0;
    return read({ get '/'() { return (looks += 1) > 1 ? A : D; } }, 'secret');
  },
});
