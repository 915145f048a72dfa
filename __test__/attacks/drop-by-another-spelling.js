'use strict';
// Under Node 26.10 `drop()` does nothing for what is not spelled as it was granted. Here the path may be spelled in every way that
// a call may spell it, `..` behind a link is what the system finds there, and what a pattern matches goes too.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}/sub/secret
// Control: without the drop
// Given: link ${A}/deeper to ${D}/sub
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

const after = (path, { drop }, spelled) => {
  drop('fs.read', spelled);
  return fs.readFileSync(path);
};

attempt({
  'dots behind a link': (place) => after(`${place.D}/secret`, place, `${place.A}/deeper/../secret`),
  'a link': (place) => after(`${place.D}/sub/secret`, place, `${place.A}/deeper/secret`),
  'a star in the middle': (place) => after(`${place.D}/sub/secret`, place, `${place.D}/*/secret`),
  'two stars': (place) => after(`${place.D}/sub/secret`, place, `${place.D}/**/secret`),
  'a star at the end': (place) => after(`${place.D}/secret`, place, `${place.D}/sec*`),
  'a Buffer': (place) => after(`${place.D}/secret`, place, Buffer.from(`${place.D}/./secret`)),
  'a URL': (place) => after(`${place.D}/secret`, place, pathToFileURL(`${place.D}/secret`)),
});
