'use strict';
// A copy with `dereference` copies the folders that links lead to, and what links in these lead to.
// Node 26 does this in native code, after it has asked about the two folders of the call. A link in
// a linked folder leads a read out of what is granted. A link below the target leads a write out.
// permit asks about all that the copy enters.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/source/folder/link
// Refused: FileSystemWrite ${A}/target/folder/out
// Node: >=26 for write by cpSync: the copies of older Nodes do not write through that link
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Given: folder ${A}/source
// Given: folder ${A}/other
// Given: folder ${A}/mine
// Given: folder ${A}/texts
// Given: folder ${A}/target/folder
// Given: link ${A}/source/folder to ../other
// Given: link ${A}/other/link to ${D}/secret
// Given: link ${A}/mine/folder to ../texts
// Given: file ${A}/texts/out holding changed
// Given: link ${A}/target/folder/out to ${D}/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const options = { recursive: true, dereference: true };
const kept = { ...options, preserveTimestamps: true };
const chosen = { ...options, filter: () => true };
const copied = ({ A }) => fs.readFileSync(`${A}/copy/folder/link`, 'utf8');
const cp = (from, to) => attempt.called((done) => fs.cp(from, to, options, done));

attempt({
  'read by cpSync': (place) => {
    fs.cpSync(`${place.A}/source`, `${place.A}/copy`, options);
    return copied(place);
  },
  'read by cpSync that keeps times': (place) => {
    fs.cpSync(`${place.A}/source`, `${place.A}/copy`, kept);
    return copied(place);
  },
  'read by cpSync with a filter': (place) => {
    fs.cpSync(`${place.A}/source`, `${place.A}/copy`, chosen);
    return copied(place);
  },
  'read by cp': async (place) => {
    await cp(`${place.A}/source`, `${place.A}/copy`);
    return copied(place);
  },
  'read by promises.cp': async (place) => {
    await fs.promises.cp(`${place.A}/source`, `${place.A}/copy`, options);
    return copied(place);
  },
  'write by cpSync': ({ A }) => fs.cpSync(`${A}/mine`, `${A}/target`, options),
});
