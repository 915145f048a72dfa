'use strict';
// Node writes the compile cache to a folder that a program names, or a variable of the program.
// permit asks about the folder, and about the targets of its entries. If one is not granted, the
// program hears that the cache is off.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-fs-read=${D} --allow-addons
// Takes: a change of ${D}
// Refused: silently
// Control: --allow-fs-write=${D}
// Node: >=22: Node 20 has no compile cache
// Node: >=24 for enableCompileCache by NODE_COMPILE_CACHE: before, Node read that variable at start only
// Given: file ${A}/program.js holding exports.done = function () { return 1; };
// Alone: the cache is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const Module = require('node:module');
const v8 = require('node:v8');

const cached = (enable) => {
  enable();
  Module.createRequire(__filename)('../helpers/attempt.js');
  return Module.flushCompileCache?.();
};

attempt({
  'enableCompileCache(folder)': ({ D }) => cached(() => Module.enableCompileCache(`${D}/cache`)),
  'enableCompileCache by NODE_COMPILE_CACHE': ({ D }) => cached(() => {
    process.env.NODE_COMPILE_CACHE = `${D}/cache`;
    Module.enableCompileCache();
  }),
  'enableCompileCache by TMPDIR': ({ D }) => cached(() => {
    process.env.TMPDIR = D;
    Module.enableCompileCache();
  }),
  'a link in the folder': ({ A }) => cached(() => {
    const tag = v8.cachedDataVersionTag().toString(16).padStart(8, '0');
    fs.mkdirSync(`${A}/sub/below`);
    fs.mkdirSync(`${A}/cache`);
    // It leads into the granted folder, and out of it when it has moved.
    fs.symlinkSync('../../denied', `${A}/sub/below/link`);
    fs.renameSync(`${A}/sub/below/link`, `${A}/cache/${process.version}-${process.arch}-${tag}-${process.getuid()}`);
    Module.enableCompileCache(`${A}/cache`);
    Module.createRequire(__filename)(`${A}/program.js`);
  }),
});
