'use strict';
// A recursive `cp` asks for the two folders. Here every file that it would copy is asked about, so that a denied one inside a
// granted folder does not leave it.
// Policy: --allow-fs-read=* --allow-fs-write=${A} --deny-fs-read=${D}/sub/secret
// Takes: a change of ${A}/copy/secret
// Refused: FileSystemRead ${D}/sub/secret
// Control: only --allow-fs-read=* --allow-fs-write=${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.cpSync': ({ A, D }) => fs.cpSync(`${D}/sub`, `${A}/copy`, { recursive: true }),
  'fs.cp': ({ A, D }) => attempt.called((done) => fs.cp(`${D}/sub`, `${A}/copy`, { recursive: true }, done)),
  'fs.promises.cp': ({ A, D }) => fs.promises.cp(`${D}/sub`, `${A}/copy`, { recursive: true }),
});
