'use strict';
// A recursive `mkdir` of Node asks for the last folder only and makes every one above it. Here each level that it would make
// is asked about.
// Policy: --allow-fs-read=${A} --allow-fs-write=${D}/one/two/*
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}/one
// Control: --allow-fs-write=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.mkdirSync': ({ D }) => fs.mkdirSync(`${D}/one/two/three`, { recursive: true }),
  'fs.mkdir': ({ D }) => attempt.called((done) => fs.mkdir(`${D}/one/two/three`, { recursive: true }, done)),
  'fs.promises.mkdir': ({ D }) => fs.promises.mkdir(`${D}/one/two/three`, { recursive: true }),
});
