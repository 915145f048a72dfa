'use strict';
// Without a number: until Node 24.19 and 26.4 `permission.drop('addon')` changed what `has()` said and nothing else: addons
// went on loading. Here the drop holds for every way to load native code, and for SQLite and FFI alike.
// Policy: --allow-fs-read=${D} --allow-addons
// Takes: a change of ${D}
// Refused: Addon ${D}/evil.node
// Control: without the drop
// Given: library ${D}/evil.node
const attempt = require('../helpers/attempt.js');
const Module = require('node:module');

const dropped = ({ D, drop }, call) => {
  drop('addon');
  return call(`${D}/evil.node`);
};

attempt({
  'process.dlopen': (place) => dropped(place, (file) => process.dlopen({ exports: {} }, file)),
  'process.dlopen with flags': (place) => dropped(place, (file) => process.dlopen({ exports: {} }, file, 1)),
  require: (place) => dropped(place, (file) => require(file)),
  createRequire: (place) => dropped(place, (file) => Module.createRequire(__filename)(file)),
  "Module._extensions['.node']": (place) => dropped(place, (file) => Module._extensions['.node']({ exports: {} }, file)),
  'process.dlopen, kept from before the drop': (place) => {
    const { dlopen } = process;
    return dropped(place, (file) => dlopen.call(process, { exports: {} }, file));
  },
});
