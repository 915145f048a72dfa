'use strict';
// The kernel calls a removed folder `… (deleted)` in /proc, and another object can have that name. Who walks by the name arrives
// elsewhere than the kernel, which goes up from the removed folder. Here a name of the kernel counts only if it names the
// object that the link leads to.
// Policy: --allow-fs-read=* --deny-fs-read=${D} --allow-fs-write=${A}
// Takes: the secret
// Refused: FileSystemRead
// Control: only --allow-fs-read=* --allow-fs-write=${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** A descriptor of a folder that is removed, and what has its name then. */
const removed = ({ A }, use) => {
  fs.mkdirSync(`${A}/x/d`, { recursive: true });
  fs.mkdirSync(`${A}/x/1/2/3`, { recursive: true });
  const descriptor = fs.openSync(`${A}/x/d`);
  process.chdir(`${A}/x/d`);
  fs.rmdirSync(`${A}/x/d`);
  fs.symlinkSync('1/2/3', `${A}/x/d (deleted)`);
  try {
    return use(descriptor);
  } finally {
    process.chdir('/');
  }
};

attempt({
  'by its descriptor': (place) => removed(place, (descriptor) => fs.readFileSync(`/proc/self/fd/${descriptor}/../../../denied/secret`)),
  'by its descriptor in /dev': (place) => removed(place, (descriptor) => fs.readFileSync(`/dev/fd/${descriptor}/../../../denied/secret`)),
  'by the number of the process': (place) => removed(place, (descriptor) => fs.readFileSync(`/proc/${process.pid}/fd/${descriptor}/../../../denied/secret`)),
  'by the working directory': (place) => removed(place, () => fs.readFileSync('/proc/self/cwd/../../../denied/secret')),
  'by a listing': (place) => removed(place, (descriptor) => fs.readdirSync(`/proc/self/fd/${descriptor}/../../../denied`).join(' ')),
});
