'use strict';
// SQLite writes also where a database is opened only to read: beside one with a write-ahead log it
// makes two files, and a `vfs` of the URI can have it lock by a folder. permit asked for read
// alone. permit asks for write as well if the database has such a log, or if the URI has
// parameters.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: an answer
// Refused: FileSystemWrite ${A}/sub/kept.db
// Control: without the drop
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

/** What stands beside a database while it is read, after the program gave up to write there. */
const beside = ({ A, drop }, journal, spelled) => {
  const { DatabaseSync } = require('node:sqlite');
  const file = `${A}/sub/kept.db`;
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = ${journal}; CREATE TABLE t (a)`);
  database.close();
  const before = fs.readdirSync(`${A}/sub`);
  drop('fs.write', `${A}/sub`);
  const reader = new DatabaseSync(spelled(file), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM t').all();
  return fs.readdirSync(`${A}/sub`).filter((name) => !before.includes(name)).join(' ');
};

attempt({
  'a write-ahead log': (place) => beside(place, 'WAL', (file) => file),
  'a write-ahead log, by a URL': (place) => beside(place, 'WAL', pathToFileURL),
  'a lock that is a folder': (place) => beside(place, 'DELETE', (file) => `file:${file}?vfs=unix-dotfile`),
  'a lock that is a folder, by a Buffer': (place) => beside(place, 'DELETE', (file) => Buffer.from(`file:${file}?vfs=unix-dotfile`)),
});
