'use strict';
// An extension of SQLite is native code. Here none is loaded and loading is not even switched on, whatever is granted.
// Policy: --allow-fs-read=* --allow-fs-write=* --allow-addons
// Takes: a change of ${D}
// Refused: Addon
// Control: none: no grant lets an extension in
// Given: library ${D}/evil.so
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const open = () => new (require('node:sqlite').DatabaseSync)(':memory:', { allowExtension: true });

attempt({
  loadExtension: ({ D }) => open().loadExtension(`${D}/evil.so`),
  enableLoadExtension: ({ D }) => {
    const database = open();
    database.enableLoadExtension(false);
    database.enableLoadExtension(true);
    database.loadExtension(`${D}/evil.so`);
  },
});
