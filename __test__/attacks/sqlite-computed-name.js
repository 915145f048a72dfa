'use strict';
// `ATTACH` and `VACUUM INTO` take a name that SQL computes, or a parameter that is bound later, so that nobody who reads the
// statement sees which file it opens. Here such a statement is refused.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ATTACH
// Refused: FileSystemWrite VACUUM INTO
// Control: none: a name that cannot be read is refused, whatever is granted
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const memory = () => new (require('node:sqlite').DatabaseSync)(':memory:');

attempt({
  'ATTACH of an expression': ({ D }) => memory().exec(`ATTACH '${D}/' || 'made.db' AS x; CREATE TABLE x.t (a)`),
  'ATTACH of a parameter': ({ D }) => {
    const database = memory();
    database.prepare('ATTACH ? AS x').run(`${D}/made.db`);
    database.exec('CREATE TABLE x.t (a)');
  },
  'VACUUM INTO an expression': ({ D }) => memory().exec(`VACUUM INTO '${D}' || '/made.db'`),
  'VACUUM INTO a parameter': ({ D }) => memory().prepare('VACUUM INTO ?').run(`${D}/made.db`),
});
