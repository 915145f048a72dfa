'use strict';
// Node 26 assigns a function to `process.dlopen` when it mounts a virtual file system. That
// function loads addons from the virtual files. permit guards each function that stands there, and
// refuses an addon without a grant.
// Policy: --allow-fs-read=${A} --allow-fs-vfs
// Takes: a change of ${A}
// Refused: Addon
// Given: library ${A}/addon.node
// Node: >=26: no other Node has virtual file systems
// Started: --experimental-vfs
// Control: --allow-addons --allow-fs-write=${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** Mounts a file system that holds the library of the place. It tells that it was loaded by the error that Node throws then. */
const mounted = ({ A }, load) => {
  const volume = require('node:vfs').create();
  volume.writeFileSync('/addon.node', fs.readFileSync(`${A}/addon.node`));
  const point = volume.mount();
  try {
    load(`${point}/addon.node`);
  } catch (error) {
    if (!/self-register/.test(error.message)) throw error;
  }
  fs.writeFileSync(`${A}/loaded`, '');
};

attempt({
  require: (place) => mounted(place, require),
  'process.dlopen': (place) => mounted(place, (file) => process.dlopen({ exports: {} }, file)),
  'process.dlopen of before': (place) => {
    const { dlopen } = process;
    mounted(place, (file) => (process.dlopen === dlopen ? process.dlopen : process.dlopen)({ exports: {} }, file));
  },
  'a property of its own': (place) => {
    try {
      Object.defineProperty(process, 'dlopen', { value: process.dlopen, writable: true, configurable: true, enumerable: true });
    } catch {
      // Permit does not let it.
    }
    mounted(place, require);
  },
  'mounted again': (place) => {
    try {
      mounted(place, require);
    } catch (error) {
      if (error.code !== 'ERR_ACCESS_DENIED') throw error;
    }
    mounted(place, require);
  },
});
