'use strict';
// A denial covers what it names, and a link gives that another name. Here a denied path is denied under its name and under every
// link that leads to it; and so is one that was given up.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT} --deny-fs-read=${D}/secret --deny-fs-write=${D}/sub
// Takes: the secret
// Takes: a change of ${D}/sub
// Refused: FileSystemRead ${A}/out
// Refused: FileSystemRead ${A}/folder/secret
// Refused: FileSystemWrite ${A}/below/made
// Control: only --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: link ${A}/out to ${D}/secret
// Given: link ${A}/folder to ${D}
// Given: link ${A}/below to ../denied/sub
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a link to the file': ({ A }) => fs.readFileSync(`${A}/out`),
  'a link to the folder': ({ A }) => fs.readFileSync(`${A}/folder/secret`),
  'a link below': ({ A }) => fs.writeFileSync(`${A}/below/made`, ''),
  '+ a neighbour': ({ A }) => fs.readFileSync(`${A}/folder/secret.json`),
});
