'use strict';
// permit looks at what lies in a folder that is copied, moved or opened as a whole. It found nothing
// where it could not list a folder, and allowed that: behind a path of more than 4096 bytes, which a
// relative path of the program is not, and while no descriptor is left, which a move does not need.
// permit refuses where a folder cannot be listed.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-fs-read=${D}/{} --allow-fs-write=${D}/{}
// Policy: --allow-fs-read=${D}/sub/{} --allow-fs-write=${D}/sub/{}
// Takes: the secret
// Takes: a change of ${D}/secret
// Refused: FileSystemRead x/sub/file
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${D}/sub
// Control: --allow-fs-read=* --allow-fs-write=*
// Node: >=22 for a source that is too deep, a target that is too deep: the copies of Node 20 do not write
// Given: folder ${A}/source/sub
// Given: file ${A}/source/sub/file holding changed
// Given: folder ${A}/target/sub
// Given: link ${A}/target/sub/file to ${D}/secret
// Given: folder ${A}/linked/sub
// Given: link ${A}/linked/sub/file to ${D}/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** Calls in a folder from which the paths of entries are too long, and takes a folder along. */
const deep = async (place, folder, call) => {
  process.chdir(place.A);
  const name = 'd'.repeat(200);
  for (let length = place.A.length; length < 4085;) {
    const next = name.slice(0, 4085 - length);
    fs.mkdirSync(next);
    process.chdir(next);
    length += next.length + 1;
  }
  fs.renameSync(`${place.A}/${folder}`, 'x');
  try {
    return await call();
  } finally {
    // Nobody could remove it there.
    fs.renameSync('x', `${place.A}/${folder}`);
    process.chdir(place.A);
  }
};
/** Opens a file until no descriptor is left, calls, and closes them. */
const without = ({ A }, call) => {
  const opened = [];
  try {
    for (;;) opened.push(fs.openSync(`${A}/file`));
  } catch ({ code }) {
    if (code !== 'EMFILE') throw Object.assign(new Error(code), { code });
  }
  try {
    return call();
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
};
const follows = { recursive: true, dereference: true };

attempt({
  'a source that is too deep': (place) =>
    deep(place, 'source', () => fs.cpSync('x', `${place.A}/target`, { recursive: true })),
  'a target that is too deep': (place) =>
    deep(place, 'target', () => fs.cpSync(`${place.A}/source`, 'x', { recursive: true })),
  'links that are too deep for cpSync': (place) => deep(place, 'linked', () => {
    fs.cpSync('x', `${place.A}/copy`, follows);
    return fs.readFileSync(`${place.A}/copy/sub/file`);
  }),
  'renameSync without a descriptor': (place) => {
    without(place, () => fs.renameSync(place.D, `${place.A}/moved`));
    return fs.readFileSync(`${place.A}/moved/secret`);
  },
  'renameSync of a folder below without a descriptor': (place) => {
    without(place, () => fs.renameSync(`${place.D}/sub`, `${place.A}/moved`));
    return fs.readFileSync(`${place.A}/moved/secret`);
  },
  'rename without a descriptor': async (place) => {
    await without(place, () => attempt.called((done) => fs.rename(place.D, `${place.A}/moved`, done)));
    return fs.readFileSync(`${place.A}/moved/secret`);
  },
  'promises.rename without a descriptor': async (place) => {
    await without(place, () => fs.promises.rename(place.D, `${place.A}/moved`));
    return fs.readFileSync(`${place.A}/moved/secret`);
  },
});
