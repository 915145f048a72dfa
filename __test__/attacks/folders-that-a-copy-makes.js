'use strict';
// `cpSync` makes the folders on the way to its target, and takes the way as it is spelled: in
// `missing/..` it makes `missing`. permit asks about each folder that it would make. Where
// the call waits, it goes up from a missing folder only if all may be written.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}/missing*
// Refused: FileSystemWrite ${A}/sub/../../denied/missing*
// Control: --allow-fs-write=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'cpSync of a file': ({ A, D }) => fs.cpSync(`${A}/file`, `${D}/missing/../../granted/copy`),
  'cpSync of a folder': ({ A, D }) => fs.cpSync(`${A}/sub`, `${D}/missing/../../granted/copy`, { recursive: true }),
  'cpSync behind dots': ({ A }) => fs.cpSync(`${A}/file`, `${A}/sub/../../denied/missing/../../granted/copy`),
  'cp of a file': ({ A, D }) => attempt.called((done) => fs.cp(`${A}/file`, `${D}/missing/../../granted/copy`, done)),
  'cp of a folder': ({ A, D }) => attempt.called((done) => fs.cp(`${A}/sub`, `${D}/missing/../../granted/copy`, { recursive: true }, done)),
  'promises.cp': ({ A, D }) => fs.promises.cp(`${A}/file`, `${D}/missing/../../granted/copy`),
  mkdirSync: ({ D }) => fs.mkdirSync(`${D}/missing/../../granted/made`, { recursive: true }),
});
