'use strict';
// `-r @org/permit` loads what Node finds first under that name. A file beside the folder comes
// first. A program that may write the packages of its project makes that file, or replaces the
// command.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Takes: a change of ${A}
// Refused: FileSystemWrite
// Control: none: no grant lets a program make what the next start looks for
// Given: folder ${A}/node_modules/@org
// Given: folder ${A}/node_modules/.bin
// Given: file ${ROOT}/mine.js holding 0
// Here: ${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a script in place of the package': () => fs.writeFileSync('node_modules/@org/permit.js', ''),
  'a script that is moved there': ({ ROOT }) => fs.renameSync(`${ROOT}/mine.js`, 'node_modules/@org/permit.js'),
  'a text in place of the package': ({ A }) => fs.writeFileSync(`${A}/node_modules/@org/permit.json`, '{}'),
  'the folder of the package': () => fs.mkdirSync('node_modules/@org/permit'),
  'a script in place of the library': () => fs.writeFileSync('node_modules/@org/permit-linux-x64-gnu.js', ''),
  'a link in place of the library': ({ ROOT }) => fs.symlinkSync(ROOT, 'node_modules/@org/permit-linux-x64-musl'),
  'the command': () => fs.writeFileSync('node_modules/.bin/permit', ''),
  'the folder of all these': () => fs.renameSync('node_modules', 'elsewhere'),
});
