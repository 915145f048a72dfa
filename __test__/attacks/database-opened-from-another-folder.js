'use strict';
// `open()` of a database opens the name that the program gave to the constructor. A relative name
// means another file once the working directory is another. permit asks again when the database is
// opened.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead ../denied/made.db
// Control: only --allow-fs-read=* --allow-fs-write=*
// Node: >=22: Node 20 has no node:sqlite
// Given: folder ${A}/denied
// Alone: the working directory is of the process
const attempt = require('../helpers/attempt.js');

const open = (A, options, before) => {
  const { DatabaseSync } = require('node:sqlite');
  process.chdir(`${A}/sub`);
  const database = new DatabaseSync('../denied/made.db', options);
  before(database);
  process.chdir(A);
  database.open();
  database.exec('CREATE TABLE made (a)');
  database.close();
};

attempt({
  'opened later': ({ A }) => open(A, { open: false }, () => {}),
  'opened again': ({ A }) => open(A, {}, (database) => database.close()),
});
