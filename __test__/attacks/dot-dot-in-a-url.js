'use strict';
// A `file:` URL hides `..` behind escapes, and a separator behind `%2F`. Here a URL is read once, made a path as Node makes it,
// and that path is put in normal form and compared.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  '..': ({ A }) => fs.readFileSync(new URL(`file://${A}/../denied/secret`)),
  'escaped dots': ({ A }) => fs.readFileSync(new URL(`file://${A}/%2e%2e/denied/secret`)),
  'escaped letters': ({ D }) => fs.readFileSync(new URL(`file://${D}/%73%65cret`)),
  'a host that is this one': ({ D }) => fs.readFileSync(new URL(`file://localhost${D}/secret`)),
  'a query and a fragment': ({ D }) => fs.readFileSync(new URL(`file://${D}/secret?${'x'}#y`)),
  'an object that looks like a URL': ({ A, D }) => {
    const url = new URL(`file://${D}/secret`);
    return fs.readFileSync(Object.defineProperties(url, { toString: { value: () => `file://${A}/file` } }));
  },
  'a changed URL': ({ A, D }) => {
    const url = new URL(`file://${A}/file`);
    url.pathname = `${D}/secret`;
    return fs.readFileSync(url);
  },
});
