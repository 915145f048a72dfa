'use strict';
// WASI keeps the numbers of its streams. A program closes such a number, and something else is opened
// under it: another file, or a pipe of the event loop, in which libuv finds pointers. A guest can then
// read there and write there. permit gives WASI descriptors of its own.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-wasi
// Takes: an answer
// Refused: ERR_ITS_OWN_FILE
// Control: none: each stream is what it was, whatever is granted
// Alone: descriptors are of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const vm = require('node:vm');
const { WASI } = require('node:wasi');

/** What a guest finds out about a stream: the number of its file. */
const guest = (imports, setMemory) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  setMemory(memory);
  return (stream) => {
    const gave = imports.fd_filestat_get(stream, 1024);
    return gave === 0 ? String(new DataView(memory.buffer).getBigUint64(1032, true)) : `error ${gave}`;
  };
};
const made = (stdio) => {
  const wasi = new WASI({ version: 'preview1', ...stdio });
  const look = guest(wasi.wasiImport, (memory) =>
    wasi.initialize(Object.create(null, { exports: { value: { memory } } })),
  );
  return { look, imports: wasi.wasiImport };
};
const raw = ({ stdin = 0, stdout = 1, stderr = 2 }) => {
  const Raw = Object.getPrototypeOf(new WASI({ version: 'preview1' }).wasiImport).constructor;
  const imports = new Raw([], [], [], [stdin, stdout, stderr]);
  return { look: guest(imports, (memory) => imports._setMemory(memory)), imports };
};

/** Opens a file under a number that is free. */
const openAs = (path, number) => {
  const opened = [];
  while (opened.at(-1) !== number) {
    opened.push(fs.openSync(path, 'r'));
    if (opened.at(-1) > number) throw new Error(`${opened.at(-1)} and not ${number}`);
  }
  opened.pop();
  for (const other of opened) fs.closeSync(other);
};
const inode = (path) => String(fs.statSync(path, { bigint: true }).ino);
const other = (path, found) => {
  if (found !== inode(path)) return `not ${inode(path)} but ${found}`;
  throw Object.assign(new Error(found), { code: 'ERR_ITS_OWN_FILE' });
};

/** Closes the number of a stream and opens another file under it. */
const replaced = ({ A }, name, make = made) => {
  const number = fs.openSync(`${A}/file`, 'r+');
  const { look } = make({ [name]: number });
  fs.closeSync(number);
  openAs(`${A}/sub/file`, number);
  return other(`${A}/file`, look(['stdin', 'stdout', 'stderr'].indexOf(name)));
};
/** Closes a stream by one guest, and looks at it by another. */
const closed = ({ A }, close) => {
  const number = fs.openSync(`${A}/file`, 'r');
  const [first, second] = [made({ stdin: number }), made({ stdin: number })];
  close(first.imports);
  try {
    fs.closeSync(number);
  } catch {
    // The guest has closed it.
  }
  openAs(`${A}/sub/file`, number);
  return other(`${A}/file`, second.look(0));
};

attempt({
  stdin: (place) => replaced(place, 'stdin'),
  stdout: (place) => replaced(place, 'stdout'),
  stderr: (place) => replaced(place, 'stderr'),
  'the raw class': (place) => replaced(place, 'stdin', raw),
  'the pipe of an event loop': ({ A }) => {
    const number = fs.openSync(`${A}/file`, 'r');
    const { look } = made({ stdin: number });
    fs.closeSync(number);
    globalThis.look = look;
    return other(`${A}/file`, vm.runInThisContext('look(0)', { timeout: 10_000 }));
  },
  'the number that WASI got': ({ A }) => {
    const number = fs.openSync(`${A}/file`, 'r');
    const { look } = made({ stdin: number });
    const is = String(fs.fstatSync(number, { bigint: true }).ino);
    for (let at = 3; at < 64; at += 1) {
      try {
        if (String(fs.fstatSync(at, { bigint: true }).ino) !== is) continue;
      } catch (error) {
        if (error.code === 'EBADF' || error.code === 'ERR_ACCESS_DENIED') continue;
        throw error;
      }
      fs.closeSync(at);
      openAs(`${A}/sub/file`, at);
    }
    return other(`${A}/file`, look(0));
  },
  'a number that a guest closed': (place) => closed(place, (imports) => imports.fd_close(0)),
  'a number that a guest replaced': (place) => closed(place, (imports) => imports.fd_renumber(1, 0)),
});
