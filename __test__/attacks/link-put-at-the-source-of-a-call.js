'use strict';
// A `rename` or `link` that waits moves what is at its source when it runs. The source is missing when
// the call is made, and the program puts a link there meanwhile: one that leads to a granted place from
// there, and out from the target. permit makes such a call at once.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: ERR_MADE_AT_ONCE
// Control: none: the call is made at once, whatever is granted
// Given: folder ${A}/denied
// Given: folder ${A}/deep${N}
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Moves a link that comes later, and reads what it leads to from its new place. */
const later = async ({ A, N }, move) => {
  const [source, target] = [`${A}/deep${N}/link`, `${A}/link${N}`];
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const moving = move(source, target);
  const reading = fs.promises.readFile(`${target}/secret`, 'utf8');
  moving.catch(() => {});
  reading.catch(() => {});
  fs.symlinkSync('../denied', source);
  try {
    await moving;
    return await reading;
  } catch (error) {
    throw error.code === 'ENOENT' ? Object.assign(new Error(error.message), { code: 'ERR_MADE_AT_ONCE' }) : error;
  }
};

const { called } = attempt;

attempt({
  rename: (place) => later(place, (source, target) => called((done) => fs.rename(source, target, done))),
  'promises.rename': (place) => later(place, fs.promises.rename),
  link: (place) => later(place, (source, target) => called((done) => fs.link(source, target, done))),
  'promises.link': (place) => later(place, fs.promises.link),
});
