'use strict';
// Without a name for the folder of the compile cache, Node asks `process.env` and `os.tmpdir`, and
// a program can replace both. permit looked at the real environment, and Node then at the other.
// permit hands Node the folder that was asked about.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-fs-read=${D} --allow-addons
// Takes: a change of ${D}
// Refused: silently
// Control: none: no grant makes what is replaced count
// Node: >=22: Node 20 has no compile cache
// Node: >=24 for process.env, process.env with an accessor: before, Node read it at start
// Node: >=24 for options without a directory: before, it took no options
// Alone: the cache is of the process
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');
const os = require('node:os');

attempt({
  'os.tmpdir': ({ A, D }) => {
    process.env.TMPDIR = A;
    os.tmpdir = () => D;
    Module.enableCompileCache();
  },
  'process.env': ({ A, D }) => {
    process.env.TMPDIR = A;
    process.env = { NODE_COMPILE_CACHE: `${D}/cache` };
    Module.enableCompileCache();
  },
  'process.env with an accessor': ({ A, D }) => {
    process.env.TMPDIR = A;
    const env = { get NODE_COMPILE_CACHE() { return `${D}/cache`; } };
    Object.defineProperty(process, 'env', { get: () => env });
    Module.enableCompileCache();
  },
  'options without a directory': ({ A, D }) => {
    process.env.TMPDIR = A;
    os.tmpdir = () => D;
    Module.enableCompileCache({});
  },
});
