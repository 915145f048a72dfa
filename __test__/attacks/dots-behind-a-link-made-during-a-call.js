'use strict';
// A call that waits goes up from a folder when it runs. Meanwhile the program puts a link in the place
// of that folder, which leads to a folder that it may use: up from there is what it may not. permit
// passes on the path without the dots. From a folder that is missing nothing goes up.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: ERR_NOT_THE_SECRET
// Control: none: what is passed on has no dots, whatever is granted
// Given: folder ${A}/deep${N}/down
// Given: link ${A}/deep${N}/out to ${D}
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Reads up from a folder, and puts a link in its place meanwhile. */
const later = ({ A, N }, { isThere, remembered = false }, read) => {
  const folder = `${A}/own${N}`;
  fs.mkdirSync(`${folder}/out`, { recursive: true });
  fs.writeFileSync(`${folder}/out/secret`, 'its own');
  if (isThere) fs.mkdirSync(`${folder}/down`);
  const path = `${folder}/down/../out/secret`;
  if (remembered) fs.readFileSync(path);
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const reading = read(path);
  if (isThere) fs.rmdirSync(`${folder}/down`);
  fs.symlinkSync(`${A}/deep${N}/down`, `${folder}/down`);
  const other = (what) => Object.assign(new Error(what), { code: 'ERR_NOT_THE_SECRET' });
  return reading.then(
    (text) => {
      if (String(text) === 'its own') throw other(text);
      return text;
    },
    (error) => {
      throw error.code === 'ENOENT' ? other(error.message) : error;
    },
  );
};

const readFile = (path) => fs.promises.readFile(path, 'utf8');
const opened = (path) => attempt.called((done) => fs.readFile(path, 'utf8', done));
const bytes = (path) => fs.promises.readFile(Buffer.from(path));

attempt({
  'a folder': (place) => later(place, { isThere: true }, readFile),
  'a folder, by a callback': (place) => later(place, { isThere: true }, opened),
  'a folder, by bytes': (place) => later(place, { isThere: true }, bytes),
  'a folder that was looked at': (place) => later(place, { isThere: true, remembered: true }, readFile),
  'a missing folder': (place) => later(place, { isThere: false }, readFile),
  copyFile: async (place) => {
    const copy = `${place.A}/copy${place.N}`;
    const copied = (path) => fs.promises.copyFile(path, copy).then(() => fs.readFileSync(copy, 'utf8'));
    return later(place, { isThere: true }, copied);
  },
});
