'use strict';
// A recursive `rm` of Node asks for the top only: a grant of one name, which a folder then takes, deletes all in it. Here
// everything below is asked about before anything goes.
// Policy: --allow-fs-read=${D} --allow-fs-write=${D} --deny-fs-write=${D}/sub/secret
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}/sub/secret
// Control: only --allow-fs-read=${D} --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.rmSync': ({ D }) => fs.rmSync(`${D}/sub`, { recursive: true }),
  'fs.rmSync with force': ({ D }) => fs.rmSync(`${D}/sub`, { recursive: true, force: true }),
  'fs.rm': ({ D }) => attempt.called((done) => fs.rm(`${D}/sub`, { recursive: true }, done)),
  'fs.promises.rm': ({ D }) => fs.promises.rm(`${D}/sub`, { recursive: true }),
});
