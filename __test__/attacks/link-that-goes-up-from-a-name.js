'use strict';
// The text of a link is looked up each time, and `data/../secret` goes up from wherever `data` is. The
// program makes such a link where it leads to a file of its own. While a call waits it puts a link in
// the place of `data`, and the text leads out. permit lets a link have such a text only if all of the
// file system is granted.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemWrite ${A}/data/../denied/secret
// Refused: FileSystemWrite data/../denied/secret
// Refused: FileSystemRead ${ROOT}
// Control: only --allow-fs-read=* --allow-fs-write=*
// Given: folder ${A}/data
// Given: folder ${A}/denied
// Given: file ${A}/denied/secret holding its own
// Given: file ${A}/x holding its own
// Given: link ${A}/sub/up to ${A}/data/../denied/secret
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

const ABSOLUTE = ({ A }) => `${A}/data/../denied/secret`;
const RELATIVE = () => 'data/../denied/secret';

/** Uses a file, and puts the link in its place meanwhile, and another one in the place of `data`. */
const later = async (place, use, put) => {
  const { A } = place;
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const using = use(`${A}/x`);
  using.catch(() => {});
  fs.unlinkSync(`${A}/x`);
  put(`${A}/x`, place);
  fs.rmdirSync(`${A}/data`);
  fs.symlinkSync(A, `${A}/data`);
  return using;
};
const made = (text) => (path, place) => fs.symlinkSync(text(place), path);
const read = (path) => fs.promises.readFile(path, 'utf8');
const readByCallback = (path) => attempt.called((done) => fs.readFile(path, 'utf8', done));
const write = (path) => fs.promises.writeFile(path, 'changed');

attempt({
  'an absolute text, and a read': (place) => later(place, read, made(ABSOLUTE)),
  'a relative text, and a read': (place) => later(place, readByCallback, made(RELATIVE)),
  'a relative text, and a write': (place) => later(place, write, made(RELATIVE)),
  'a link that is moved there': (place) =>
    later(place, read, (path, { A }) => fs.renameSync(`${A}/sub/up`, path)),
  'a link that is copied there': (place) =>
    later(place, read, (path, { A }) => fs.cpSync(`${A}/sub/up`, path, { verbatimSymlinks: true })),
});
