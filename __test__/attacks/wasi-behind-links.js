'use strict';
// WASI keeps a WebAssembly program in the folders that it is given, but the kernel follows a link
// in the middle of a path. A link in such a folder that leads to a granted one is no harm alone:
// the links in that folder lead further, and so do those behind them. permit walks behind the links
// of each folder, and asks for everything there, to read and to write.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-wasi
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/direct/out
// Refused: FileSystemRead ${A}/behind/out/*
// Refused: FileSystemRead ${A}/chain/one/*
// Refused: FileSystemRead ${A}/alias/out/*
// Refused: FileSystemRead ${A}/behind/../behind/out/*
// Refused: FileSystemRead ${A}/files/out/name
// Control: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: folder ${A}/direct
// Given: link ${A}/direct/out to ${D}
// Given: folder ${A}/side
// Given: link ${A}/side/away to ${D}
// Given: folder ${A}/side/deep
// Given: link ${A}/side/deep/away to ../../../denied
// Given: folder ${A}/behind
// Given: link ${A}/behind/out to ../side
// Given: folder ${A}/chain
// Given: link ${A}/chain/one to ../behind
// Given: link ${A}/alias to behind
// Given: folder ${A}/leaf
// Given: link ${A}/leaf/name to ${D}/secret
// Given: folder ${A}/files
// Given: link ${A}/files/out to ../leaf
const attempt = require('../helpers/attempt.js');
const { WASI } = require('node:wasi');

/** A module with a memory and nothing else. */
const MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0,
]);
const [RESULT, VECTOR, COUNT, NAME, OTHER, BYTES] = [0, 16, 32, 512, 1024, 2048];
const [READ, WRITE, LIST] = [2n, 64n, 16384n];

/** What a WebAssembly program in the folder can call, with its memory. */
const sandbox = (preopen, make = (options) => new WASI(options)) => {
  const wasi = make({ version: 'preview1', preopens: { '/': preopen } });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(MODULE), {});
  wasi.initialize(instance);
  const { buffer } = instance.exports.memory;
  const [memory, view] = [Buffer.from(buffer), new DataView(buffer)];
  const call = (name, ...args) => {
    const gave = wasi.wasiImport[name](...args);
    if (gave !== 0) throw Object.assign(new Error(`${name} gave ${gave}`), { code: 'ERR_WASI' });
  };
  const named = (name, at = NAME) => [at, memory.write(name, at)];
  const opened = (name, flags, rights) => {
    call('path_open', 3, 0, ...named(name), flags, rights, 0n, 0, RESULT);
    return view.getUint32(RESULT, true);
  };
  const vector = (length) => {
    view.setUint32(VECTOR, BYTES, true);
    view.setUint32(VECTOR + 4, length, true);
    return [VECTOR, 1, COUNT];
  };
  const counted = () => memory.subarray(BYTES, BYTES + view.getUint32(COUNT, true)).toString();
  return { memory, view, call, named, opened, vector, counted };
};

const read = (preopen, name, make) => {
  const { call, opened, vector, counted } = sandbox(preopen, make);
  call('fd_read', opened(name, 0, READ), ...vector(64));
  return counted();
};
const written = (preopen, name, flags) => {
  const { memory, call, opened, vector } = sandbox(preopen);
  call('fd_write', opened(name, flags, WRITE), ...vector(memory.write('written', BYTES)));
};
const listed = (preopen, name) => {
  const { call, opened, counted } = sandbox(preopen);
  call('fd_readdir', opened(name, 2, LIST), BYTES, 4096, 0n, COUNT);
  return counted();
};
const dated = (preopen, name) => {
  const { view, call, named } = sandbox(preopen);
  call('path_filestat_get', 3, 0, ...named(name), BYTES);
  return String(view.getBigUint64(BYTES + 48, true) / 1_000_000_000n);
};
const followed = (preopen, name) => {
  const { call, named, counted } = sandbox(preopen);
  call('path_readlink', 3, ...named(name), BYTES, 4096, COUNT);
  return counted();
};
const changed = (preopen, name, ...args) => {
  const { call, named } = sandbox(preopen);
  const places = [NAME, OTHER];
  call(name, ...args.flatMap((arg) => (typeof arg === 'string' ? named(arg, places.shift()) : arg)));
};

/** The class behind `wasiImport`, which takes lists. */
const raw = ({ preopens }) => {
  const outer = new WASI({ version: 'preview1' });
  const Raw = Object.getPrototypeOf(outer.wasiImport).constructor;
  const wasiImport = new Raw([], [], Object.entries(preopens).flat(), [0, 1, 2]);
  const initialize = ({ exports }) => wasiImport._setMemory(exports.memory);
  return { wasiImport, initialize };
};

attempt({
  'a link': ({ A }) => read(`${A}/direct`, 'out/secret'),
  'a link behind a link': ({ A }) => read(`${A}/behind`, 'out/away/secret'),
  'a link in a folder behind a link': ({ A }) => read(`${A}/behind`, 'out/deep/away/secret'),
  'three links': ({ A }) => read(`${A}/chain`, 'one/out/away/secret'),
  'a folder behind links': ({ A }) => read(`${A}/behind`, 'out/away/sub/secret'),
  'a link to a file': ({ A }) => read(`${A}/files`, 'out/name'),
  'in a folder that is a link': ({ A }) => read(`${A}/alias`, 'out/away/secret'),
  'in a folder with dots': ({ A }) => read(`${A}/behind/../behind`, 'out/away/secret'),
  'by the raw class': ({ A }) => read(`${A}/behind`, 'out/away/secret', raw),
  fd_readdir: ({ A }) => listed(`${A}/behind`, 'out/away'),
  path_filestat_get: ({ A }) => dated(`${A}/behind`, 'out/away/secret'),
  path_readlink: ({ A }) => followed(`${A}/behind`, 'out/away/link'),
  fd_write: ({ A }) => written(`${A}/behind`, 'out/away/secret', 0),
  'a new file': ({ A }) => written(`${A}/chain`, 'one/out/away/made', 1),
  path_create_directory: ({ A }) => changed(`${A}/behind`, 'path_create_directory', 3, 'out/away/made'),
  path_unlink_file: ({ A }) => changed(`${A}/behind`, 'path_unlink_file', 3, 'out/away/secret'),
  path_remove_directory: ({ A }) => {
    changed(`${A}/behind`, 'path_unlink_file', 3, 'out/away/sub/secret');
    changed(`${A}/behind`, 'path_remove_directory', 3, 'out/away/sub');
  },
  path_rename: ({ A }) => changed(`${A}/behind`, 'path_rename', 3, 'out/away/secret', 3, 'taken'),
  path_link: ({ A }) => changed(`${A}/behind`, 'path_link', 3, 0, 'out/away/secret', 3, 'taken'),
  path_filestat_set_times: ({ A }) =>
    changed(`${A}/behind`, 'path_filestat_set_times', 3, 1, 'out/away/secret', 1n, 1n, 5),
});
