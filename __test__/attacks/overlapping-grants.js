'use strict';
// Without a number: on Node 20 and 26.3 grants that overlap ended the process by a failed assertion, and to this day their
// order can take a granted folder away. Here they add up, in any order, to what they say and nothing beside it.
// Policy: --allow-fs-read=${A}/sub --allow-fs-read=${A} --allow-fs-read=${A}/su --allow-fs-read=${A}/sub/file --allow-fs-read=${A}/sub/f* --allow-fs-read=${D}/secret.js --allow-fs-read=${D}/secret.json --allow-fs-read=${D}/secret. --allow-fs-read=${D}/secr
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}/sub/secret
// Refused: FileSystemRead ${D}
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a file between': ({ D }) => fs.readFileSync(`${D}/secret`),
  'a folder beside': ({ D }) => fs.readFileSync(`${D}/sub/secret`),
  'the folder above': ({ D }) => fs.readdirSync(D),
  '+ a granted folder': ({ A }) => fs.readdirSync(A).includes('file') && fs.readFileSync(`${A}/sub/file`),
});
