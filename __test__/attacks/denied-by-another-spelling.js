'use strict';
// A denial inside a grant is worth what its weakest spelling is worth. Here a path is denied by what it is, however it is written
// and whoever writes it.
// Policy: --allow-fs-read=* --allow-fs-write=* --deny-fs-read=${D}/secret --deny-fs-write=${D}/made --deny-fs-read=${D}/sub
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}//./secret
// Refused: FileSystemRead ${A}/../denied/secret
// Refused: FileSystemRead ${D}/sub/secret
// Refused: FileSystemWrite ${D}/made
// Refused: FileSystemWrite ${D}/made/below
// Refused: FileSystemRead ${N}/denied/secret
// Control: only --allow-fs-read=* --allow-fs-write=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

attempt({
  'the path': ({ D }) => fs.readFileSync(`${D}/secret`),
  'empty names and dots': ({ D }) => fs.readFileSync(`${D}//./secret`),
  'dots': ({ A }) => fs.readFileSync(`${A}/../denied/secret`),
  'a relative path': ({ N }) => fs.readFileSync(`${N}/denied/secret`),
  'a Buffer': ({ D }) => fs.readFileSync(Buffer.from(`${D}/secret`)),
  'a URL': ({ D }) => fs.readFileSync(pathToFileURL(`${D}/secret`)),
  'a URL with escapes': ({ D }) => fs.readFileSync(new URL(`file://${D}/%73ecret`)),
  'below a denied folder': ({ D }) => fs.readFileSync(`${D}/sub/secret`),
  'a denied name that is not there': ({ D }) => fs.writeFileSync(`${D}/made`, ''),
  'below a denied name that is not there': ({ D }) => fs.mkdirSync(`${D}/made/below`, { recursive: true }),
});
