'use strict';
// A link in a writable folder writes where it leads, and one that leads to nothing makes what it names. Here the place where
// something would be written must be granted.
// Policy: --allow-fs-read=* --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${A}/out
// Refused: FileSystemWrite ${A}/dangling
// Refused: FileSystemWrite ${A}/dangling-again
// Refused: FileSystemWrite ${A}/folder/made
// Refused: FileSystemWrite ${A}/folder/made/deep
// Refused: FileSystemWrite ${A}/folder/secret
// Refused: FileSystemWrite ${A}/folder/made-*
// Refused: FileSystemWrite ${A}/folder/sub
// Refused: FileSystemWrite ${D}/secret
// Refused: FileSystemWrite x
// Control: --allow-fs-write=${D}
// Given: link ${A}/out to ${D}/secret
// Given: link ${A}/dangling to ${D}/made
// Given: link ${A}/dangling-again to ${A}/dangling
// Given: link ${A}/folder to ${D}
// Given: link ${A}/inside to ${A}/file
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const { uid, gid } = fs.statSync(__filename);

attempt({
  'fs.writeFileSync': ({ A }) => fs.writeFileSync(`${A}/out`, 'x'),
  'fs.writeFile': ({ A }) => attempt.called((done) => fs.writeFile(`${A}/out`, 'x', done)),
  'fs.promises.writeFile': ({ A }) => fs.promises.writeFile(`${A}/out`, 'x'),
  'fs.appendFileSync': ({ A }) => fs.appendFileSync(`${A}/out`, 'x'),
  'fs.truncateSync': ({ A }) => fs.truncateSync(`${A}/out`),
  'fs.createWriteStream': ({ A }) => attempt.event(fs.createWriteStream(`${A}/out`), 'open'),
  'fs.chmodSync': ({ A }) => fs.chmodSync(`${A}/out`, 0o600),
  'fs.chownSync': ({ A }) => fs.chownSync(`${A}/out`, uid, gid),
  'fs.utimesSync': ({ A }) => fs.utimesSync(`${A}/out`, 1, 1),
  'fs.fchmodSync of its descriptor': ({ A }) => fs.fchmodSync(fs.openSync(`${A}/out`), 0o600),
  'fs.copyFileSync': ({ A }) => fs.copyFileSync(`${A}/file`, `${A}/out`),
  'fs.cpSync': ({ A }) => fs.cpSync(`${A}/file`, `${A}/folder/made`),
  'a link to nothing': ({ A }) => fs.writeFileSync(`${A}/dangling`, 'x'),
  'a link to nothing, promised': ({ A }) => fs.promises.writeFile(`${A}/dangling`, 'x'),
  'a link to a link to nothing': ({ A }) => fs.writeFileSync(`${A}/dangling-again`, 'x'),
  'a new file through a folder': ({ A }) => fs.writeFileSync(`${A}/folder/made`, 'x'),
  'fs.mkdirSync through a folder': ({ A }) => fs.mkdirSync(`${A}/folder/made`),
  'fs.mkdirSync, recursive, through a folder': ({ A }) => fs.mkdirSync(`${A}/folder/made/deep`, { recursive: true }),
  'fs.mkdtempSync through a folder': ({ A }) => fs.mkdtempSync(`${A}/folder/made-`),
  'fs.unlinkSync through a folder': ({ A }) => fs.unlinkSync(`${A}/folder/secret`),
  'fs.rmSync through a folder': ({ A }) => fs.rmSync(`${A}/folder/sub`, { recursive: true }),
  'fs.renameSync through a folder': ({ A }) => fs.renameSync(`${A}/file`, `${A}/folder/made`),
  'fs.linkSync through a folder': ({ A }) => fs.linkSync(`${A}/file`, `${A}/folder/made`),
  'fs.symlinkSync through a folder': ({ A }) => fs.symlinkSync('x', `${A}/folder/made`),
  '+ fs.lutimesSync of the link': ({ A }) => fs.lutimesSync(`${A}/out`, 1, 1) ?? 'done',
  '+ fs.unlinkSync of the link': ({ A }) => fs.unlinkSync(`${A}/out`) ?? 'done',
  '+ fs.renameSync of a link that leads to what is granted': ({ A }) =>
    fs.renameSync(`${A}/inside`, `${A}/other`) ?? 'done',
});
