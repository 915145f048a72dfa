'use strict';
// Node does not hold `node:sqlite` to the grants for files: a database opens, and is made, anywhere. Here the file that a
// database, or its copy, will be is asked about, in each form that SQLite takes for a name.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/made.db
// Refused: FileSystemRead ${A}/../denied/made.db
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=22: Node 20 has no node:sqlite
// Node: >=26 for by the newer name of the class: older ones have the one name
const attempt = require('../helpers/attempt.js');
const { pathToFileURL } = require('node:url');

const sqlite = () => require('node:sqlite');
const make = (name) => new (sqlite().DatabaseSync)(name).exec('CREATE TABLE t (a)');

attempt({
  'a new database': ({ D }) => make(`${D}/made.db`),
  'with dots': ({ A }) => make(`${A}/../denied/made.db`),
  'a Buffer': ({ D }) => make(Buffer.from(`${D}/made.db`)),
  'a URL': ({ D }) => make(pathToFileURL(`${D}/made.db`)),
  'a URI with a mode': ({ D }) => make(new URL(`${pathToFileURL(`${D}/made.db`)}?mode=rwc`)),
  'opened later': ({ D }) => {
    const database = new (sqlite().DatabaseSync)(`${D}/made.db`, { open: false });
    database.open();
    database.exec('CREATE TABLE t (a)');
  },
  'by the newer name of the class': ({ D }) => new (sqlite().Database)(`${D}/made.db`).exec('CREATE TABLE t (a)'),
  'by the constructor of a database': ({ D }) => new (new (sqlite().DatabaseSync)(':memory:').constructor)(`${D}/made.db`).exec('CREATE TABLE t (a)'),
  backup: ({ D }) => sqlite().backup(new (sqlite().DatabaseSync)(':memory:'), `${D}/made.db`),
});
