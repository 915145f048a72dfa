'use strict';
// The kernel gives up at a folder that is closed to the process. So permit allowed the path, and
// remembered that it did. A program opens the folder, which it owns, or takes its user back: the
// path then leads through. permit refuses a path through a closed folder, as it cannot see where
// it leads.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/sub/out*
// Refused: FileSystemWrite ${A}/sub/out/made
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: link ${A}/sub/out to ${D}
// Alone: the user is of the process
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

const NOBODY = 65_534;
// No folder is closed to this user, who can be another for a moment.
const isRoot = process.getuid() === 0;

const whileClosed = ({ A }, use) => {
  fs.chmodSync(`${A}/sub`, isRoot ? 0o700 : 0);
  if (isRoot) process.seteuid(NOBODY);
  try {
    return use(`${A}/sub/out`);
  } finally {
    if (isRoot) process.seteuid(0);
    else fs.chmodSync(`${A}/sub`, 0o700);
  }
};
/** Tries while the folder is closed, to no avail, and at once again. */
const twice = (place, use) => {
  try {
    whileClosed(place, use);
  } catch {
    // By the kernel, or by permit.
  }
  return use(`${place.A}/sub/out`);
};
/** Calls while the folder is closed. The threads that make calls are busy, and make this one later. */
const later = (place, use) => whileClosed(place, (folder) => {
  for (let job = 0; job < 8; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
  return use(folder);
});

attempt({
  readFileSync: (place) => twice(place, (folder) => fs.readFileSync(`${folder}/secret`)),
  readdirSync: (place) => twice(place, (folder) => fs.readdirSync(folder).join(' ')),
  writeFileSync: (place) => twice(place, (folder) => fs.writeFileSync(`${folder}/made`, '')),
  mkdirSync: (place) => twice(place, (folder) => fs.mkdirSync(`${folder}/made`)),
  'readFile during the call': (place) => attempt.called((done) => later(place, (folder) => fs.readFile(`${folder}/secret`, done))),
  'promises.readFile during the call': (place) => later(place, (folder) => fs.promises.readFile(`${folder}/secret`)),
  'promises.mkdir during the call': (place) => later(place, (folder) => fs.promises.mkdir(`${folder}/made`)),
});
