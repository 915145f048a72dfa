'use strict';
// Node reads `name`, `exports` and `imports` of a package in native code, which reads a path up to a
// NUL: whatever file is named before it, is read as a `package.json`. `path.resolve`, which makes the
// path, can be replaced. Here permit looks at the path that native code gets.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: ERR_NOTHING_READ
// Refused: ERR_PACKAGE_IMPORT_NOT_DEFINED
// Control: none: no grant opens a file as a package
// Node: >=22: Node 20 reads packages by another function, which stops at no NUL
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const nothing = () => {
  throw Object.assign(new Error('nothing was read'), { code: 'ERR_NOTHING_READ' });
};

attempt({
  'a name with a NUL': ({ D }) => Module._readPackage(`${D}/secret.conf\0`).exports ?? nothing(),
  'a function that was replaced': ({ D }) => {
    const { resolve } = path;
    path.resolve = (...names) => (names.at(-1) === 'package.json' ? `${D}/secret.conf` : resolve(...names));
    try {
      return Module._readPackage('x').exports ?? nothing();
    } finally {
      path.resolve = resolve;
    }
  },
  'the base of an import': ({ D }) =>
    vm
      .runInThisContext('import("#secret")', {
        filename: `${D}/secret.conf\0/y.js`,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      })
      .catch((error) => (error.code === 'ERR_MODULE_NOT_FOUND' ? error.message : Promise.reject(error))),
});
