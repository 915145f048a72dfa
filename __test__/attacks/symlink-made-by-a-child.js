'use strict';
// A program that permit does not hold makes the link, in a folder that both may write: a granted child, or one that was there
// before. Here it does not matter who made a link.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process=/bin/ln
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/made
// Refused: FileSystemRead ${A}/made/secret
// Refused: FileSystemWrite ${A}/made
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');

attempt({
  'a link to a file': ({ A, D }) => {
    execFileSync('/bin/ln', ['-s', `${D}/secret`, `${A}/made`]);
    return fs.readFileSync(`${A}/made`);
  },
  'a link to a folder': ({ A, D }) => {
    execFileSync('/bin/ln', ['-s', D, `${A}/made`]);
    return fs.readFileSync(`${A}/made/secret`);
  },
  'a link to nothing': ({ A, D }) => {
    execFileSync('/bin/ln', ['-s', `${D}/new`, `${A}/made`]);
    return fs.writeFileSync(`${A}/made`, 'x');
  },
});
