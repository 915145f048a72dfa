'use strict';
// `VACUUM INTO` writes a copy of a database to any file. Here it is read before SQLite reads it, and the file must be granted.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const memory = () => new (require('node:sqlite').DatabaseSync)(':memory:');

attempt({
  'VACUUM INTO': ({ D }) => memory().exec(`VACUUM INTO '${D}/made.db'`),
  'of a schema': ({ D }) => memory().exec(`vacuum main into '${D}/made.db'`),
  prepared: ({ D }) => memory().prepare(`VACUUM INTO '${D}/made.db'`).run(),
});
