'use strict';
// An addon is native code, which nothing in the process holds. Here none is loaded without --allow-addons, by any way, and a
// list of addons covers those on it.
// Policy: --allow-fs-read=${D} --allow-addons=${A}/other.node
// Takes: a change of ${D}
// Refused: Addon ${D}/evil.node
// Refused: Addon ${A}/../denied/evil.node
// Control: --allow-addons=${D}/evil.node
// Given: library ${D}/evil.node
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');

attempt({
  require: ({ D }) => require(`${D}/evil.node`),
  createRequire: ({ D }) => Module.createRequire(__filename)(`${D}/evil.node`),
  'process.dlopen': ({ D }) => process.dlopen({ exports: {} }, `${D}/evil.node`),
  'process.dlopen with flags': ({ D }) => process.dlopen({ exports: {} }, `${D}/evil.node`, 2),
  'process.dlopen with dots': ({ A }) => process.dlopen({ exports: {} }, `${A}/../denied/evil.node`),
  'process.dlopen, called': ({ D }) => Reflect.apply(process.dlopen, process, [{ exports: {} }, `${D}/evil.node`]),
  "Module._extensions['.node']": ({ D }) => Module._extensions['.node']({ exports: {} }, `${D}/evil.node`),
  'Module.prototype.load': ({ D }) => new Module('x').load(`${D}/evil.node`),
});
