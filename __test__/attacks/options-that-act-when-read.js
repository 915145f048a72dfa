'use strict';
// Node reads the options of a call after permit has asked about its path, and an accessor in them is
// code of the program. It moves the working directory under a relative path, or puts a link where a
// file was. permit copies the options before it asks, so that the accessor runs before the question.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ../denied/secret
// Refused: FileSystemRead ${A}/links/out
// Refused: FileSystemRead ../denied/link
// Refused: FileSystemRead ${D}/link
// Refused: FileSystemRead ../denied
// Refused: FileSystemRead ../denied/made
// Refused: FileSystemWrite ../denied/made
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=26 for openAsBlobSync: before Node 26 there is none
// Node: >=22 for a DatabaseSync, backup of a database: Node 20 has no node:sqlite
// Given: folder ${A}/denied
// Given: file ${A}/denied/secret holding granted
// Given: link ${A}/denied/link to secret
// Given: folder ${A}/links
// Given: link ${A}/links/out to ${D}/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const v8 = require('node:v8');

/** Options with an accessor that goes to the folder above, where the path is one of the denied folder. */
const leaving = ({ A }, option, value) => ({
  get [option]() {
    process.chdir(A);
    return value;
  },
});
/** Options with an accessor that puts a link in the place of a file. */
const linking = ({ A }, option, value) => ({
  get [option]() {
    if (fs.existsSync(`${A}/links/out`)) fs.renameSync(`${A}/links/out`, `${A}/file`);
    return value;
  },
});
/** Calls where the path is one of a granted folder. */
const below = (call) => (place) => {
  process.chdir(`${place.A}/sub`);
  return call(place);
};
const SECRET = '../denied/secret';
const text = async (blob) => (await blob).text();
const times = async (stats) => (await stats).mtimeMs / 1000;
const names = (folder) => {
  const found = [];
  for (let entry; (entry = folder.readSync()); found.push(entry.name));
  return found.join(' ');
};

attempt({
  // First, because Node may crash where a heap with the readers of Blobs is written.
  'v8.writeHeapSnapshot': below((place) =>
    v8.writeHeapSnapshot('../denied/made', leaving(place, 'exposeInternals', false))),
  openAsBlob: below((place) => text(fs.openAsBlob(SECRET, leaving(place, 'type', '')))),
  openAsBlobSync: below((place) => fs.openAsBlobSync(SECRET, leaving(place, 'type', '')).text()),
  'openAsBlob of a file that becomes a link': (place) =>
    text(fs.openAsBlob(`${place.A}/file`, linking(place, 'type', ''))),
  lstatSync: below((place) => times(fs.lstatSync(SECRET, leaving(place, 'bigint', false)))),
  'lstatSync, by throwIfNoEntry': below((place) =>
    times(fs.lstatSync(SECRET, leaving(place, 'throwIfNoEntry', true)))),
  statSync: below((place) => times(fs.statSync(SECRET, leaving(place, 'bigint', false)))),
  lstat: below((place) =>
    times(attempt.called((done) => fs.lstat(SECRET, leaving(place, 'bigint', false), done)))),
  'lstat, by bytes': below((place) =>
    times(attempt.called((done) => fs.lstat(Buffer.from(SECRET), leaving(place, 'bigint', false), done)))),
  'promises.lstat': below((place) => times(fs.promises.lstat(SECRET, leaving(place, 'bigint', false)))),
  'promises.stat': below((place) => times(fs.promises.stat(SECRET, leaving(place, 'bigint', false)))),
  'statSync of a file that becomes a link': (place) =>
    times(fs.statSync(`${place.A}/file`, linking(place, 'bigint', false))),
  readlinkSync: below((place) => fs.readlinkSync('../denied/link', leaving(place, 'encoding', 'utf8'))),
  readlink: below((place) =>
    attempt.called((done) => fs.readlink('../denied/link', leaving(place, 'encoding', 'utf8'), done))),
  'promises.readlink': below((place) =>
    fs.promises.readlink('../denied/link', leaving(place, 'encoding', 'utf8'))),
  realpathSync: below((place) => fs.realpathSync('../denied/link', leaving(place, 'encoding', 'utf8'))),
  'realpathSync.native': below((place) =>
    fs.realpathSync.native('../denied/link', leaving(place, 'encoding', 'utf8'))),
  opendirSync: below((place) => names(fs.opendirSync('../denied', leaving(place, 'encoding', 'utf8')))),
  readdirSync: below((place) => fs.readdirSync('../denied', leaving(place, 'withFileTypes', false)).join()),
  readFileSync: below((place) => fs.readFileSync(SECRET, leaving(place, 'flag', 'r'))),
  createReadStream: below((place) =>
    attempt.event(fs.createReadStream(SECRET, leaving(place, 'fs', fs)), 'data')),
  writeFileSync: below((place) => fs.writeFileSync('../denied/made', 'made', leaving(place, 'flag', 'w'))),
  mkdirSync: below((place) => fs.mkdirSync('../denied/made', leaving(place, 'mode', 0o777))),
  rmSync: below((place) => fs.rmSync(SECRET, leaving(place, 'force', true))),
  'a DatabaseSync': below((place) => {
    const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync('../denied/made', leaving(place, 'readOnly', false)).exec('CREATE TABLE t (a)');
  }),
  'backup of a database': below(async (place) => {
    const { DatabaseSync, backup } = require('node:sqlite');
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (a)');
    await backup(database, '../denied/made', leaving(place, 'rate', 100));
  }),
});
