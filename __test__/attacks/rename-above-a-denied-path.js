'use strict';
// A denied path can be moved out of its denial: rename the folder above it, and read it there. Here nothing above a denied path
// is renamed, nor above one that was given up.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT} --deny-fs-read=${D}/sub/secret
// Takes: the secret
// Refused: FileSystemRead ${D}/sub
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${A}/../denied/sub
// Control: only --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.renameSync': ({ A, D }) => {
    fs.renameSync(`${D}/sub`, `${A}/moved`);
    return fs.readFileSync(`${A}/moved/secret`);
  },
  'fs.renameSync of two levels': ({ A, D }) => {
    fs.renameSync(D, `${A}/moved`);
    return fs.readFileSync(`${A}/moved/sub/secret`);
  },
  'fs.renameSync with dots': ({ A }) => {
    fs.renameSync(`${A}/../denied/sub`, `${A}/moved`);
    return fs.readFileSync(`${A}/moved/secret`);
  },
  'fs.rename': async ({ A, D }) => {
    await attempt.called((done) => fs.rename(`${D}/sub`, `${A}/moved`, done));
    return fs.readFileSync(`${A}/moved/secret`);
  },
  'fs.promises.rename': async ({ A, D }) => {
    await fs.promises.rename(Buffer.from(`${D}/sub`), `${A}/moved`);
    return fs.readFileSync(`${A}/moved/secret`);
  },
});
