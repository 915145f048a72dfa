'use strict';
// Whoever replaces `require('fs')` finds that there are more ways to it. Here the hooks stand on the functions below, so that
// every copy of the module is held: built in, imported, captured before or made in another realm.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const { readFileSync } = require('fs');
const Module = require('node:module');
const vm = require('node:vm');

attempt({
  'captured before': ({ D }) => readFileSync(`${D}/secret`),
  'Module._load': ({ D }) => Module._load('fs').readFileSync(`${D}/secret`),
  createRequire: ({ D }) => Module.createRequire('/')('node:fs').readFileSync(`${D}/secret`),
  'process.mainModule.require': ({ D }) => process.mainModule.require('fs').readFileSync(`${D}/secret`),
  'process.getBuiltinModule': ({ D }) => process.getBuiltinModule('fs').readFileSync(`${D}/secret`),
  'ES import': async ({ D }) => (await import('node:fs')).readFileSync(`${D}/secret`),
  'ES import of a name': async ({ D }) => (await import('node:fs/promises')).readFile(`${D}/secret`),
  'a module forgotten and required again': ({ D }) => {
    for (const name of Object.keys(require.cache)) if (!name.includes('attempt')) delete require.cache[name];
    return require('fs').readFileSync(`${D}/secret`);
  },
  'another realm': ({ D }) => vm.runInNewContext('require("fs").readFileSync(path)', { require, path: `${D}/secret` }),
  'the stream class': ({ D }) => attempt.event(new (require('fs').ReadStream)(`${D}/secret`), 'data'),
  'the stream class, opened by hand': ({ D }) => attempt.event(Reflect.construct(require('fs').FileReadStream, [`${D}/secret`]), 'data'),
});
