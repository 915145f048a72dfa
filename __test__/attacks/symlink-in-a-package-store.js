'use strict';
// Package managers lay packages out by links: `node_modules/pkg -> .store/pkg`, `.bin/tool -> ../pkg/tool`. Such a link inside the
// grant works, and one that leads out of it does not. A granted folder that is a link itself works under both its names.
// Policy: --allow-fs-read=${A} --allow-fs-read=${ROOT}/door
// Takes: the secret
// Refused: FileSystemRead ${A}/node_modules/out/secret.json
// Refused: FileSystemRead ${A}/node_modules/out
// Refused: FileSystemRead *
// Control: --allow-fs-read=*
// Given: folder ${A}/node_modules/.store/pkg
// Given: file ${A}/node_modules/.store/pkg/index.js holding module.exports = 'pkg';
// Given: link ${A}/node_modules/pkg to .store/pkg
// Given: link ${A}/node_modules/out to ../../denied
// Given: folder ${ROOT}/house
// Given: file ${ROOT}/house/file holding inside
// Given: link ${ROOT}/door to house
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { createRequire } = require('node:module');

attempt({
  'a package that leads out': ({ A }) => createRequire(`${A}/file`)('out/secret.json'),
  'a package that leads out, imported': async ({ A }) => (await import(`${A}/node_modules/out/secret.mjs`)).default,
  'a package that leads out, listed': ({ A }) => fs.readdirSync(`${A}/node_modules/out`),
  '+ a package of the store': ({ A }) => createRequire(`${A}/file`)('pkg'),
  '+ a package of the store, imported': async ({ A }) => (await import(`${A}/node_modules/pkg/index.js`)).default,
  '+ its file': ({ A }) => fs.readFileSync(`${A}/node_modules/pkg/index.js`),
  '+ its real path': ({ A }) => fs.promises.realpath(`${A}/node_modules/pkg`),
  '+ a granted folder that is a link': ({ ROOT }) => fs.readFileSync(`${ROOT}/door/file`),
  '+ where that link leads': ({ ROOT }) => fs.readFileSync(`${ROOT}/house/file`),
});
