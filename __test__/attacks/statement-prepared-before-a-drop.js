'use strict';
// A prepared statement opens its file when it runs, and the question about the file was asked when it
// was prepared. A script runs functions of the program before a later statement opens a file. Here the
// grant is dropped in between. permit asks again: after a drop, and before each statement of a script
// that opens a file.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-fs-read=${D} --allow-fs-write=${D}
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/made.db
// Control: without the drop
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

/** Prepares a statement, drops the grant, and runs it. */
const later = ({ D, drop }, text, run) => {
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(':memory:');
  const statement = database.prepare(text(D));
  drop('fs.read', D);
  drop('fs.write', D);
  run(statement);
  if (/^ATTACH/.test(text(D))) database.exec('CREATE TABLE other.made (a)');
  return 'ran';
};
/** Runs a script whose first statement drops the grant, by a function of the program. */
const script = ({ D, drop }, text) => {
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(':memory:');
  database.function('gives_up', () => {
    drop('fs.read', D);
    drop('fs.write', D);
    return 1;
  });
  const makes = text === attach ? '; CREATE TABLE other.made (a)' : '';
  database.exec(`SELECT gives_up(); ${text(D)}${makes}`);
  return 'ran';
};
const attach = (D) => `ATTACH DATABASE '${D}/made.db' AS other`;
const vacuum = (D) => `VACUUM INTO '${D}/made.db'`;

attempt({
  'VACUUM INTO': (place) => later(place, vacuum, (statement) => statement.run()),
  'VACUUM INTO, by get': (place) => later(place, vacuum, (statement) => statement.get()),
  'ATTACH': (place) => later(place, attach, (statement) => statement.run()),
  'ATTACH, by all': (place) => later(place, attach, (statement) => statement.all()),
  'VACUUM INTO, behind a function in a script': (place) => script(place, vacuum),
  'ATTACH, behind a function in a script': (place) => script(place, attach),
  'ATTACH, by iterate': (place) => later(place, attach, (statement) => [...statement.iterate()]),
});
