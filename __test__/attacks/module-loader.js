'use strict';
// The module loader reads files by functions of its own, and shows them: as JSON, as code that exports, as text in an error.
// Here it reads by the same hooked functions as everybody, for `require`, `import` and all that leads to them.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret.json
// Refused: FileSystemRead ${D}/secret.js
// Refused: FileSystemRead ${D}/secret.mjs
// Control: --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

attempt({
  'require of JSON': ({ D }) => require(`${D}/secret.json`),
  'require of a script': ({ D }) => require(`${D}/secret.js`),
  'require of a module': ({ D }) => require(`${D}/secret.mjs`).default,
  'import of a script': async ({ D }) => (await import(`${D}/secret.js`)).default,
  'import of a module': async ({ D }) => (await import(`${D}/secret.mjs`)).default,
  'import by a URL': async ({ D }) => (await import(pathToFileURL(`${D}/secret.mjs`))).default,
  'import by a URL with a query': async ({ D }) => (await import(`${pathToFileURL(`${D}/secret.mjs`)}?x`)).default,
  createRequire: ({ A, D }) => Module.createRequire(`${A}/file`)(`${D}/secret.json`),
  'a relative name': ({ A }) => Module.createRequire(`${A}/file`)('../denied/secret.json'),
  'Module._load': ({ D }) => Module._load(`${D}/secret.json`, null, false),
  "Module._extensions['.json']": ({ D }) => {
    const module = new Module('x');
    Module._extensions['.json'](module, `${D}/secret.json`);
    return module.exports;
  },
  "Module._extensions['.js']": ({ D }) => {
    const module = new Module(`${D}/secret.js`);
    module.filename = `${D}/secret.js`;
    module.paths = [];
    Module._extensions['.js'](module, `${D}/secret.js`);
    return module.exports;
  },
  'Module.prototype.load': ({ D }) => {
    const module = new Module(`${D}/secret.js`);
    module.load(`${D}/secret.js`);
    return module.exports;
  },
  'process.mainModule.require': ({ D }) => process.mainModule.require(`${D}/secret.json`),
  'a script with the main loader': ({ D }) => vm.runInThisContext(`import(${JSON.stringify(`${D}/secret.mjs`)})`, {
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).then((module) => module.default),
});
