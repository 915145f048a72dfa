'use strict';
// No hole of Node's, which denies nothing: a denial that is spelled with `..` behind a link. It holds for the path that the letters
// say, and for what the system finds there.
// Policy: --allow-fs-read=${ROOT} --deny-fs-read=${A}/deeper/../secret
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${A}/deeper/../secret
// Control: only --allow-fs-read=${ROOT}
// Given: link ${A}/deeper to ${D}/sub
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'by its own name': ({ D }) => fs.readFileSync(`${D}/secret`),
  'as it was denied': ({ A }) => fs.readFileSync(`${A}/deeper/../secret`),
});
