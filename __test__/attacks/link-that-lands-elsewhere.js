'use strict';
// The target of a relative link depends on the folder of the link. A `symlink()` or a `rename()` that
// waits looks the folder of its place up when it runs, and meanwhile the program puts a link there. The
// link lands one folder higher, and its text leads out. permit makes or moves such a link at once.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: ERR_MADE_AT_ONCE
// Control: none: a link is made at once, whatever is granted
// Given: folder ${A}/denied
// Given: file ${A}/denied/secret holding its own
// Given: folder ${A}/one/place
// Given: folder ${A}/one/other
// Given: link ${A}/one/other/link to ../../denied/secret
// Given: folder ${A}/high
// Given: folder ${A}/read
// Given: file ${A}/read/link holding its own
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

const wait = (rounds) => {
  for (let job = 0; job < 8; job += 1) pbkdf2('', '', rounds, 32, 'sha256', () => {});
};
const moved = (from, to) => {
  fs.rmSync(from, { recursive: true });
  fs.symlinkSync(to, from);
};

/** Has a link made in one folder, puts a link to another one in its place, and reads the link there. */
const landing = async ({ A }, make) => {
  wait(200_000);
  const making = make(`${A}/one/place/link`, A);
  making.catch(() => {});
  wait(50_000);
  const reading = fs.promises.readFile(`${A}/read/link`, 'utf8');
  reading.catch(() => {});
  const isThere = fs.readdirSync(`${A}/one/place`).length > 0;
  moved(`${A}/one/place`, `${A}/high`);
  moved(`${A}/read`, `${A}/high`);
  await making;
  const text = await reading.catch((error) => error.code);
  if (isThere && !fs.existsSync(`${A}/high/link`)) throw Object.assign(new Error(text), { code: 'ERR_MADE_AT_ONCE' });
  return text;
};

const TEXT = '../../denied/secret';
const from = (A) => `${A}/one/other/link`;

attempt({
  symlink: (place) => landing(place, (path) => attempt.called((done) => fs.symlink(TEXT, path, done))),
  'promises.symlink': (place) => landing(place, (path) => fs.promises.symlink(TEXT, path)),
  rename: (place) => landing(place, (path, A) => attempt.called((done) => fs.rename(from(A), path, done))),
  'promises.rename': (place) => landing(place, (path, A) => fs.promises.rename(from(A), path)),
  link: (place) => landing(place, (path, A) => attempt.called((done) => fs.link(from(A), path, done))),
});
