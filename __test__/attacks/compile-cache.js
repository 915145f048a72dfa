'use strict';
// The compile cache is written by Node itself, to a folder that a program, or a variable that it sets, names. Here the folder must
// be granted; where it is not, Node is told that there is none.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D}
// Takes: a change of ${D}
// Refused: silently
// Control: --allow-fs-write=${D}
// Node: >=22: Node 20 has no compile cache
// Node: >=24 for enableCompileCache by NODE_COMPILE_CACHE: before, Node read that variable at start only
// Alone: the cache is of the process
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');

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
});
