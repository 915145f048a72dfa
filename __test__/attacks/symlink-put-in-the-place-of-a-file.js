'use strict';
// The program replaces a file that permit has checked, or a folder on the way to it, by a link. permit
// asks about a moved link as about one that is made at its new place. It forgets at once where a path
// leads that the program changes.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}
// Control: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: link ${A}/out to ${D}/secret
// Given: link ${A}/folder to ${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a link in the place of a file': ({ A }) => {
    fs.readFileSync(`${A}/file`);
    fs.renameSync(`${A}/out`, `${A}/file`);
    return fs.readFileSync(`${A}/file`);
  },
  'a link in the place of a folder': ({ A }) => {
    fs.readdirSync(`${A}/sub`);
    fs.renameSync(`${A}/sub`, `${A}/away`);
    fs.renameSync(`${A}/folder`, `${A}/sub`);
    return fs.readFileSync(`${A}/sub/secret`);
  },
  'a link in the place of a file that was removed': ({ A }) => {
    fs.readFileSync(`${A}/file`);
    fs.unlinkSync(`${A}/file`);
    fs.renameSync(`${A}/out`, `${A}/file`);
    return fs.promises.readFile(`${A}/file`);
  },
  'a link in the place of what was not there': ({ A }) => {
    fs.existsSync(`${A}/sub/secret`);
    fs.rmSync(`${A}/sub`, { recursive: true });
    fs.renameSync(`${A}/folder`, `${A}/sub`);
    return fs.readFileSync(`${A}/sub/secret`);
  },
});
