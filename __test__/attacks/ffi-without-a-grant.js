'use strict';
// `node:ffi` of Node 26 loads any library and calls any function: native code without an addon. Here it needs --allow-ffi,
// and --allow-addons does not stand for it.
// Policy: --allow-fs-read=* --allow-addons
// Takes: a change of ${D}
// Refused: FFI
// Control: --allow-ffi
// Given: library ${D}/evil.so
// Node: >=26: Node 20, 22 and 24 have no node:ffi
// Started: --experimental-ffi
const attempt = require('../helpers/attempt.js');

attempt({
  dlopen: ({ D }) => require('node:ffi').dlopen(`${D}/evil.so`, {}),
  'new DynamicLibrary': ({ D }) => new (require('node:ffi').DynamicLibrary)(`${D}/evil.so`),
  'ES import': async ({ D }) => new (await import('node:ffi')).DynamicLibrary(`${D}/evil.so`),
});
