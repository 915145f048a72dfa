'use strict';
// The memory of the process is never written, nor its environment read where that is not granted. A
// path that leads nowhere is neither. An asynchronous call opens its file later, and the program makes
// a link in the meantime: to the folder of the process, which may be read and written with all else.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: FileSystemWrite
// Control: none: no grant gives the memory
// Given: variable OTHER_${N} holding the secret
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Calls while the threads are busy, and makes a link that leads to the folder of the process. */
const later = ({ A }, call, target = `/proc/${process.pid}`) => {
  for (let job = 0; job < 16; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const called = call(`${A}/hop`);
  fs.symlinkSync(target, `${A}/hop`);
  return called;
};
const opened = async (fd) => `opened as ${await fd}`;

attempt({
  open: (place) =>
    opened(later(place, (hop) => attempt.called((done) => fs.open(`${hop}/mem`, 'r+', done)))),
  'promises.open': async (place) =>
    opened(attempt.keep(await later(place, (hop) => fs.promises.open(`${hop}/mem`, 'r+'))).fd),
  'open by a link of another name': (place) => opened(later(place, () => {
    fs.symlinkSync('hop/mem', `${place.A}/link`);
    return attempt.called((done) => fs.open(`${place.A}/link`, 'r+', done));
  })),
  'open of a link to /proc/self': (place) =>
    opened(later(place, (hop) => attempt.called((done) => fs.open(`${hop}/mem`, 'r+', done)), '/proc/self')),
  'the environment': async (place) => {
    const text = await later(place, (hop) => fs.promises.readFile(`${hop}/environ`, 'utf8'));
    return text.includes(`OTHER_${place.N}`) ? 'the environment' : '';
  },
  'the environment, by readFile': async (place) => {
    const reads = (hop) => attempt.called((done) => fs.readFile(`${hop}/environ`, 'utf8', done));
    const text = await later(place, reads);
    return text.includes(`OTHER_${place.N}`) ? 'the environment' : '';
  },
});
