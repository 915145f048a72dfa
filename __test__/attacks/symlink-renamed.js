'use strict';
// A relative link means something else after it was moved: one that was made inside a granted folder leads out of it from one
// folder higher. Here what it names is found anew each time, and at once after the program changed a link.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: FileSystemRead ${A}/moved
// Control: --allow-fs-read=${ROOT}
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
