'use strict';
// An asynchronous `opendir` opens its folder on another thread, later. The working directory may
// be another one by then, and a relative path leads elsewhere. permit makes the path absolute when
// it asks about it. Where Node keeps the relative path, as in `cp`, permit asks about each later call.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --deny-fs-read=${D}
// Takes: the secret
// Refused: ERR_THE_OTHER
// Refused: FileSystemRead denied*
// Control: none: what is granted is read where the call was made, as the first refusal says
// Given: folder ${A}/denied/sub
// Given: file ${A}/denied/secret holding granted
// Given: file ${A}/denied/sub/secret holding granted
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Calls in the granted folder, and goes to the one above. The threads are busy, and open the folder after that. */
const moved = async ({ A, ROOT }, call) => {
  process.chdir(A);
  for (let job = 0; job < 8; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const later = call();
  process.chdir(ROOT);
  return later;
};
/** What was read, unless it is what the relative path led to when the call was made. */
const unless = (isGranted, value) => {
  if (isGranted) throw Object.assign(new Error('the other'), { code: 'ERR_THE_OTHER' });
  return value;
};
/** The names in a folder, unless it is the granted one. */
const names = async (opened) => {
  const found = [];
  for await (const { name } of await opened) found.push(name);
  return unless(found.every((name) => ['sub', 'secret'].includes(name)), found.join(' '));
};
const stats = async (found) => {
  const { size, mtimeMs } = await found;
  return unless(size === 'granted'.length, `${size} ${mtimeMs}`);
};

attempt({
  opendir: (place) => names(moved(place, () => attempt.called((done) => fs.opendir('denied', done)))),
  'promises.opendir': (place) => names(moved(place, () => fs.promises.opendir('denied'))),
  'opendir by a Buffer': (place) => names(moved(place, () => fs.promises.opendir(Buffer.from('denied')))),
  'a recursive opendir': (place) => names(moved(place, () => fs.promises.opendir('denied', { recursive: true }))),
  lstat: (place) => stats(moved(place, () => attempt.called((done) => fs.lstat('denied/secret', done)))),
  'promises.lstat': (place) => stats(moved(place, () => fs.promises.lstat('denied/secret'))),
  'promises.cp': async (place) => {
    await moved(place, () => fs.promises.cp('denied', `${place.A}/copy`, { recursive: true }));
    return names(fs.promises.opendir(`${place.A}/copy`));
  },
});
