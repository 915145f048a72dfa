'use strict';
// `O_NOFOLLOW` minds the last part of a path only: a folder on the way may be a link all the same. Here every part is followed as
// the kernel would, and with `O_NOFOLLOW` on a link the kernel's own error comes back.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${A}/folder/secret
// Control: --allow-fs-read=${D}
// Given: link ${A}/folder to ${D}
// Given: link ${A}/inside to file
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW;

attempt({
  'fs.openSync': ({ A }) => fs.readFileSync(fs.openSync(`${A}/folder/secret`, flags)),
  'fs.promises.open': async ({ A }) => {
    const file = await fs.promises.open(`${A}/folder/secret`, flags);
    return file.readFile().finally(() => file.close());
  },
  'fs.readFileSync with a flag': ({ A }) => fs.readFileSync(`${A}/folder/secret`, { flag: flags }),
  "+ the kernel's own error": ({ A }) => {
    try {
      return fs.openSync(`${A}/inside`, flags) && '';
    } catch ({ code }) {
      return code === 'ELOOP' && code;
    }
  },
});
