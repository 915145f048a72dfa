'use strict';
// What a link in a granted folder names is told by `realpath`: the name of a file that may not be looked at, when it leads there
// over another link. Here the path that is found must be granted too.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${A}/out
// Refused: FileSystemRead *
// Control: --allow-fs-read=*
// Given: link ${A}/out to ${D}/link
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.realpathSync': ({ A }) => fs.realpathSync(`${A}/out`),
  'fs.realpathSync.native': ({ A }) => fs.realpathSync.native(`${A}/out`),
  'fs.realpath': ({ A }) => attempt.called((done) => fs.realpath(`${A}/out`, done)),
  'fs.promises.realpath': ({ A }) => fs.promises.realpath(`${A}/out`),
  'require.resolve': ({ A }) => require.resolve(`${A}/out`),
});
