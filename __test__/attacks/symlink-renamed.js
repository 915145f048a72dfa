'use strict';
// A relative link means something else after it was moved: one that was made inside a granted folder
// leads out of it from one folder higher. Here it is asked about as one that is made at its new place,
// and what a link names is found anew each time.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: FileSystemRead ../denied/secret
// Control: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: folder ${A}/denied
// Given: file ${A}/denied/secret holding granted
// Given: link ${A}/sub/link to ../denied/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.renameSync': ({ A }) => {
    fs.renameSync(`${A}/sub/link`, `${A}/moved`);
    return fs.readFileSync(`${A}/moved`);
  },
  'read before, and renamed': ({ A }) => {
    fs.readFileSync(`${A}/sub/link`);
    fs.renameSync(`${A}/sub/link`, `${A}/moved`);
    return fs.readFileSync(`${A}/moved`);
  },
  'fs.promises.rename': async ({ A }) => {
    await fs.promises.rename(`${A}/sub/link`, `${A}/moved`);
    return fs.promises.readFile(`${A}/moved`);
  },
});
