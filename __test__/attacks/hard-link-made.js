'use strict';
// A hard link in a granted folder is the denied file under another name, and cannot be told from a file. Here making one needs
// read and write of what it names; one that was there before is a limit, and is said to be.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${A}
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${A}/../denied/secret
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.linkSync': ({ A, D }) => fs.linkSync(`${D}/secret`, `${A}/hard`),
  'fs.linkSync with dots': ({ A }) => fs.linkSync(`${A}/../denied/secret`, `${A}/hard`),
  'fs.link': ({ A, D }) => attempt.called((done) => fs.link(`${D}/secret`, `${A}/hard`, done)),
  'fs.promises.link': ({ A, D }) => fs.promises.link(`${D}/secret`, `${A}/hard`),
});
