'use strict';
// Under Node 26.10 `drop()` of a file below a granted folder, of a path under `*`, and of a path that came or went since the
// start silently does nothing. Here it takes away exactly that, for good.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-fs-write=${D}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemWrite ${D}/later
// Refused: FileSystemRead ${D}/sub/secret
// Control: without the drop
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a file below a granted folder': ({ D, drop }) => {
    drop('fs.read', `${D}/secret`);
    return fs.readFileSync(`${D}/secret`);
  },
  'a folder below a granted folder': ({ D, drop }) => {
    drop('fs.read', `${D}/sub`);
    return fs.readFileSync(`${D}/sub/secret`);
  },
  'a file that does not exist yet': ({ D, drop }) => {
    drop('fs.write', `${D}/later`);
    return fs.writeFileSync(`${D}/later`, '');
  },
  'by a relative path': ({ D, N, drop }) => {
    drop('fs.read', `${N}/denied/secret`);
    return fs.readFileSync(`${D}/secret`);
  },
  'with dots': ({ D, drop }) => {
    drop('fs.read', `${D}/sub/../secret`);
    return fs.readFileSync(`${D}/secret`);
  },
  'and asked for again': ({ D, drop }) => {
    drop('fs.read', `${D}/secret`);
    process.permission?.has('fs.read', `${D}/secret`);
    return fs.readFileSync(`${D}/secret`);
  },
});
