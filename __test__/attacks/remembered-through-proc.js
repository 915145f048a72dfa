'use strict';
// permit remembers for a moment where a path leads. The links of `/proc` change without a call that
// permit sees: `/proc/self/cwd` follows the working directory.
// Policy: --allow-fs-read=* --deny-fs-read=${D}
// Takes: the secret
// Refused: FileSystemRead
// Control: only --allow-fs-read=*
// Given: link ${A}/here to /proc/self/cwd
// Given: file ${A}/secret holding nothing
// Alone: the working directory is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'the working directory': ({ A, D }) => {
    process.chdir(A);
    fs.readFileSync('/proc/self/cwd/secret');
    // A folder above the denied one, and then the denied one, so that no question names it.
    process.chdir(`${D}/..`);
    fs.readFileSync('/proc/self/cwd/granted/secret');
    fs.readFileSync('/proc/self/cwd/denied/../granted/secret');
    process.chdir(A);
    return fs.readFileSync('/proc/self/cwd/../denied/secret', 'utf8');
  },
  'behind a link': ({ A, D }) => {
    process.chdir(A);
    fs.readFileSync(`${A}/here/secret`);
    return fs.readFileSync(`${A}/here/../denied/secret`, 'utf8') ?? D;
  },
  'a descriptor that is opened anew': ({ A, D }) => {
    const first = fs.openSync(A, 'r');
    fs.readFileSync(`/proc/self/fd/${first}/secret`);
    fs.closeSync(first);
    const second = fs.openSync(`${D}/..`, 'r');
    return fs.readFileSync(`/proc/self/fd/${second}/denied/secret`, 'utf8');
  },
});
