'use strict';
// `--allow-fs-read=/et*/x` grants all of `/etc` in every Node that has the model, for what follows the `*` is dropped. Here
// the pattern stands for `x` in folders whose names begin with `et`, and for nothing beside it.
// Policy: --allow-fs-read=${ROOT}/den*/other --allow-fs-write=${ROOT}/den*/other
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}
// Refused: FileSystemWrite ${D}/made
// Control: --allow-fs-read=${ROOT}/den* --allow-fs-write=${ROOT}/den*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a file': ({ D }) => fs.readFileSync(`${D}/secret`),
  'the folder': ({ D }) => fs.readdirSync(D),
  'a new file': ({ D }) => fs.writeFileSync(`${D}/made`, ''),
});
