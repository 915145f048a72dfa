'use strict';
// `ATTACH` opens, and makes, a second database from SQL, at run time and by a name that SQL can compute. Here every statement
// with it is read before SQLite reads it, and the file must be granted, however the statement is written.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const memory = () => new (require('node:sqlite').DatabaseSync)(':memory:');
const run = (sql) => memory().exec(`${sql}; CREATE TABLE x.t (a)`);

attempt({
  ATTACH: ({ D }) => run(`ATTACH '${D}/made.db' AS x`),
  'another case, and another quote': ({ D }) => run(`aTtAcH database "${D}/made.db" As x`),
  'a URI': ({ D }) => run(`ATTACH 'file:${D}/made.db' AS x`),
  'after comments': ({ D }) => run(`/* ; ' */ -- '\n ATTACH '${D}/made.db' AS x`),
  'after another statement': ({ D }) => run(`SELECT ';'; ATTACH '${D}/made.db' AS x`),
  'after a vertical tab': ({ D }) => run(`\x0c\x0bATTACH '${D}/made.db' AS x`),
  prepared: ({ D }) => {
    const database = memory();
    database.prepare(`ATTACH '${D}/made.db' AS x`).run();
    database.exec('CREATE TABLE x.t (a)');
  },
  borrowed: ({ D }) => {
    const database = memory();
    Object.getPrototypeOf(database).exec.call(database, `ATTACH '${D}/made.db' AS x; CREATE TABLE x.t (a)`);
  },
});
