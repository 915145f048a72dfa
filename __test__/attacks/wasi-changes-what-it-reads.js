'use strict';
// A guest of WASI sets the times of a file that it has as a stream, also if the stream is open for
// reading alone. A folder as a stream opens more: WASI takes the name `<stdin>` for it, from the working
// directory. permit notes which streams a program may not write, and hands on no folder.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-wasi
// Takes: a change of ${D}
// Refused: FileSystemWrite wasi: fd_filestat_set_times
// Refused: FileSystem wasi: a folder as a stream
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: folder ${D}/<stdin>
// Given: folder ${D}/<stdout>
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { WASI } = require('node:wasi');

const made = (stdio) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const wasi = new WASI({ version: 'preview1', ...stdio });
  wasi.initialize(Object.create(null, { exports: { value: { memory } } }));
  return { imports: wasi.wasiImport, memory: Buffer.from(memory.buffer) };
};
const raw = ({ stdin = 0, stdout = 1, stderr = 2 }) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const Raw = Object.getPrototypeOf(new WASI({ version: 'preview1' }).wasiImport).constructor;
  const imports = new Raw([], [], [], [stdin, stdout, stderr]);
  imports._setMemory(memory);
  return { imports, memory: Buffer.from(memory.buffer) };
};
const call = (imports, name, ...args) => {
  const gave = imports[name](...args);
  if (gave !== 0) throw new Error(`${name} gave ${gave}`);
  return name;
};
const times = ({ imports }, stream) => call(imports, 'fd_filestat_set_times', stream, 1n, 1n, 5);
const opened = ({ D }, name = 'secret') => fs.openSync(`${D}/${name}`, 'r');
/** Makes a folder below the folder that is a stream. */
const folder = ({ D }, name, stream, make = made) => {
  process.chdir(D);
  const { imports, memory } = make({ [name]: fs.openSync('.', 'r') });
  memory.write('made', 1024);
  return call(imports, 'path_create_directory', stream, 1024, 4);
};

attempt({
  'times of stdin': (place) => times(made({ stdin: opened(place) }), 0),
  'times of stdout': (place) => times(made({ stdout: opened(place) }), 1),
  'times of stderr': (place) => times(made({ stderr: opened(place) }), 2),
  'by the raw class': (place) => times(raw({ stdin: opened(place) }), 0),
  'by another number of the guest': (place) => {
    const guest = made({ stdin: opened(place) });
    call(guest.imports, 'fd_renumber', 0, 2);
    return times(guest, 2);
  },
  'of a file below': (place) => times(made({ stdin: opened(place, 'sub/secret') }), 0),
  'of a folder': (place) => times(made({ stdin: opened(place, 'sub') }), 0),
  'in a folder as stdin': (place) => folder(place, 'stdin', 0),
  'in a folder as stdout': (place) => folder(place, 'stdout', 1),
  'in a folder by the raw class': (place) => folder(place, 'stdin', 0, raw),
  '+ of a file that it may write': ({ A }) => times(made({ stdin: fs.openSync(`${A}/file`, 'r') }), 0),
});
