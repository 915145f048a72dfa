'use strict';
// Beside a database that it writes SQLite makes and removes files of its own: a journal, a log and
// its index, under the name that links lead to. permit asked about the database alone, and a denial
// of these did not count. permit asks about each of them where a database is opened to be written.
// Policy: --allow-fs-read=${D} --allow-fs-write=${D} --deny-fs-write=${D}/kept.db-journal
// Policy: --deny-fs-write=${D}/logged.db-wal --deny-fs-write=${D}/sub/*-shm
// Takes: a change of ${D}/kept.db-journal
// Takes: an answer
// Refused: FileSystemWrite ${D}/kept.db-journal
// Refused: FileSystemWrite ${D}/logged.db-wal
// Refused: FileSystemWrite ${D}/sub/indexed.db-shm
// Control: only --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=22: Node 20 has no node:sqlite
// Given: file ${D}/kept.db-journal holding what the operator keeps
// Given: link ${D}/alias.db to kept.db
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { dirname } = require('node:path');
const { pathToFileURL } = require('node:url');

const written = (path) => {
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  return database;
};
/** Writes a database, and what stood beside it before is not there when it is closed. */
const removed = (path) => { written(path).close(); };
/** What stands beside a database while it is written. */
const made = (file, end, begin) => {
  const database = written(file);
  database.exec(`${begin}; INSERT INTO t VALUES (2)`);
  return fs.readdirSync(dirname(file)).find((name) => name.endsWith(end));
};

attempt({
  'a journal is removed': ({ D }) => removed(`${D}/kept.db`),
  'a journal is removed, by a URL': ({ D }) => removed(pathToFileURL(`${D}/kept.db`)),
  'a journal is removed, by a URI with parameters': ({ D }) => removed(`file:${D}/kept.db?cache=private`),
  'a journal is removed, by bytes': ({ D }) => removed(Buffer.from(`${D}/kept.db`)),
  'a journal is removed, with dots': ({ D }) => removed(`${D}/sub/../kept.db`),
  'a journal is removed, by a link': ({ D }) => removed(`${D}/alias.db`),
  'a journal is removed, by open': ({ D }) => {
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(`${D}/kept.db`, { open: false });
    database.open();
    database.exec('CREATE TABLE t (a)');
    database.close();
  },
  'a journal is removed, by ATTACH': ({ D }) => {
    const database = written(':memory:');
    database.exec(`ATTACH '${D}/kept.db' AS x; CREATE TABLE x.t (a)`);
    database.close();
  },
  'a journal is removed, by a statement that attaches': ({ D }) => {
    const database = written(':memory:');
    database.prepare(`ATTACH 'file:${D}/kept.db' AS x`).run();
    database.exec('CREATE TABLE x.t (a)');
    database.close();
  },
  'a journal is removed, by VACUUM INTO': ({ D }) => written(':memory:').exec(`VACUUM INTO '${D}/kept.db'`),
  'a journal is removed, by backup': async ({ D }) => {
    const { backup } = require('node:sqlite');
    await backup(written(':memory:'), `${D}/kept.db`);
  },
  'a log is made': ({ D }) => made(`${D}/logged.db`, 'logged.db-wal', 'PRAGMA journal_mode = WAL'),
  'the index of a log is made': ({ D }) =>
    made(`${D}/sub/indexed.db`, 'indexed.db-shm', 'PRAGMA journal_mode = WAL'),
});
