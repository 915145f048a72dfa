'use strict';
// Module resolution tells what exists without reading it: `require.resolve` gives a path, or MODULE_NOT_FOUND. Node calls
// that no hole. Here what `require.resolve` and its like find must be readable to be told.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Takes: an answer
// Refused: FileSystemRead ${D}/link
// Refused: FileSystemRead ${D}/secret.js
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');

attempt({
  'require.resolve': ({ D }) => require.resolve(`${D}/secret.js`),
  'require.resolve without an extension': ({ D }) => require.resolve(`${D}/sub/../secret`),
  'require.resolve of a link': ({ D }) => require.resolve(`${D}/link`),
  'createRequire().resolve': ({ A, D }) => Module.createRequire(`${A}/file`).resolve(`${D}/secret.js`),
  'Module._findPath': ({ D }) => Module._findPath(`${D}/secret.js`, null, false),
  'Module._resolveFilename': ({ D }) => Module._resolveFilename(`${D}/secret.js`, null, false),
});
