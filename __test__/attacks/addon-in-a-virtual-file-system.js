'use strict';
// Node 26 loads an addon that lies in a virtual file system by a function of its own, which it puts over `process.dlopen` when
// the file system is mounted. Here whatever stands there is asked about, and what is not granted is not loaded.
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
