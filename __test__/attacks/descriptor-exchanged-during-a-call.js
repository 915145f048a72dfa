'use strict';
// `/proc/self/fd/N` is what is open under the number when the path is looked up, and a call that waits
// looks it up when it runs. Meanwhile the program closes the number and opens another file under it: one
// that it may only read, and that the call would write. permit passes on the path of the first file.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A}
// Policy: --allow-fs-read=/proc --allow-fs-write=/proc
// Policy: --allow-fs-read=/dev/fd --allow-fs-write=/dev/fd
// Takes: a change of ${D}
// Refused: ERR_NOT_CHANGED
// Control: none: the call writes what it was about, whatever is granted
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Writes by the number of one file, and opens another one under it meanwhile. */
const later = async ({ A, D, N }, write) => {
  const first = fs.openSync(`${A}/own${N}`, 'w');
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  const writing = write(`/proc/self/fd/${first}`);
  fs.closeSync(first);
  const second = fs.openSync(`${D}/secret`, 'r');
  if (second !== first) throw new Error(`${second} and not ${first}`);
  await writing;
  if (fs.readFileSync(`${A}/own${N}`, 'utf8') === 'changed') throw Object.assign(new Error('its own'), { code: 'ERR_NOT_CHANGED' });
};

attempt({
  'promises.writeFile': (place) => later(place, (path) => fs.promises.writeFile(path, 'changed')),
  writeFile: (place) => later(place, (path) => attempt.called((done) => fs.writeFile(path, 'changed', done))),
  'promises.writeFile by /dev/fd': (place) =>
    later(place, (path) => fs.promises.writeFile(path.replace('/proc/self', '/dev'), 'changed')),
});
