'use strict';
// Without a number: fixed in Node 26.9 (and open in 24.21 and before), `FileHandle.sync` and `datasync` reached the disk
// through a file opened for reading, as `fs.fsync` once did. Here all of them ask for write of the path behind.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: FileSystemWrite ${A}/file
// Control: --allow-fs-write=${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const open = ({ A }) => fs.openSync(`${A}/file`, 'r');
const promised = async ({ A }) => attempt.keep(await fs.promises.open(`${A}/file`, 'r'));

attempt({
  'FileHandle.sync': async (place) => (await promised(place)).sync().then(() => 'done'),
  'FileHandle.datasync': async (place) => (await promised(place)).datasync().then(() => 'done'),
  'fs.fsyncSync': (place) => fs.fsyncSync(open(place)) ?? 'done',
  'fs.fdatasyncSync': (place) => fs.fdatasyncSync(open(place)) ?? 'done',
  'fs.fsync': (place) => attempt.called((done) => fs.fsync(open(place), done)),
  'fs.fdatasync': (place) => attempt.called((done) => fs.fdatasync(open(place), done)),
});
