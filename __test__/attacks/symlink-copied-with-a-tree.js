'use strict';
// nodejs/node#63179: `fs.cp` of a folder makes the links in it again, without the question that `fs.symlink` asks; then there is
// a link out of the granted folder to write through. Here what is reached through it must be granted.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite *
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: folder ${ROOT}/tree
// Given: link ${ROOT}/tree/out to ${D}/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.cpSync': ({ A, ROOT }) => {
    fs.cpSync(`${ROOT}/tree`, `${A}/copy`, { recursive: true });
    fs.writeFileSync(`${A}/copy/out`, 'x');
  },
  'fs.cp': async ({ A, ROOT }) => {
    await attempt.called((done) => fs.cp(`${ROOT}/tree`, `${A}/copy`, { recursive: true }, done));
    fs.writeFileSync(`${A}/copy/out`, 'x');
  },
  'fs.promises.cp': async ({ A, ROOT }) => {
    await fs.promises.cp(`${ROOT}/tree`, `${A}/copy`, { recursive: true, verbatimSymlinks: true });
    fs.writeFileSync(`${A}/copy/out`, 'x');
  },
  'what the link names': ({ A, ROOT }) => {
    fs.cpSync(`${ROOT}/tree`, `${A}/copy`, { recursive: true, dereference: false });
    fs.truncateSync(`${A}/copy/out`);
  },
});
