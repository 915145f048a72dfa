'use strict';
// What holds a process is a file too: who may write permit's package, or the policy, holds the next process by what they like.
// Here neither may be opened for writing under its name, whatever is granted.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: FileSystemWrite ${PERMIT}/index.js
// Refused: FileSystemWrite ${PERMIT}/permit.linux-x64-gnu.node
// Refused: FileSystemWrite ${PERMIT}/__test__/../index.js
// Refused: FileSystemWrite ${PERMIT}/package.json
// Control: none: no grant lets a program write what holds it
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const open = (path) => {
  // Nothing is written: that it opens is enough.
  const fd = fs.openSync(path, 'r+');
  fs.closeSync(fd);
  return 'opened';
};

attempt({
  'the preload': ({ PERMIT }) => open(`${PERMIT}/index.js`),
  'the library': ({ PERMIT }) => open(`${PERMIT}/permit.${process.platform}-${process.arch}-gnu.node`),
  'with dots': ({ PERMIT }) => open(`${PERMIT}/__test__/../index.js`),
  'its manifest': ({ PERMIT }) => open(`${PERMIT}/package.json`),
});
