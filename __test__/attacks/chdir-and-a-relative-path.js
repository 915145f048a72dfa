'use strict';
// A relative path means what the working directory makes of it, which a program can change before the call, and during one that
// runs on another thread. Here it is made absolute where it is asked about, and used so.
// Policy: --allow-fs-read=${A} --allow-fs-read=${ROOT}/denied/sub
// Takes: the secret
// Refused: FileSystemRead ../denied/secret
// Refused: FileSystemRead ../../denied/secret
// Refused: FileSystemRead ../secret
// Refused: FileSystemRead ${D}
// Control: --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'from a granted folder': ({ A }) => {
    process.chdir(A);
    return fs.readFileSync('../denied/secret');
  },
  'from a folder below': ({ A }) => {
    process.chdir(`${A}/sub`);
    return fs.readFileSync('../../denied/secret');
  },
  'from a folder beside it': ({ D }) => {
    process.chdir(`${D}/sub`);
    return fs.promises.readFile('../secret');
  },
  'from the folder itself': ({ D }) => {
    process.chdir(D);
    return fs.readFileSync('secret');
  },
});
