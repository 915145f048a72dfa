'use strict';
// Node follows a link inside a granted folder wherever it leads, and says so. Here a path is allowed only if what it really names
// is allowed too. The link itself may be looked at, and removed, where it lies.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: an answer
// Refused: FileSystemRead ${A}/out
// Refused: FileSystemRead ${A}/folder
// Refused: FileSystemRead ${A}/folder/secret
// Refused: FileSystemRead ${A}/folder/secret.json
// Refused: FileSystemRead ${A}/relative
// Refused: FileSystemRead ${A}/sub/chain
// Control: --allow-fs-read=${D}
// Given: link ${A}/out to ${D}/secret
// Given: link ${A}/folder to ${D}
// Given: link ${A}/relative to ../denied/secret
// Given: link ${A}/sub/chain to ../relative
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'fs.readFileSync': ({ A }) => fs.readFileSync(`${A}/out`),
  'fs.readFileSync to a string': ({ A }) => fs.readFileSync(`${A}/out`, 'utf8'),
  'fs.readFile': ({ A }) => attempt.called((done) => fs.readFile(`${A}/out`, done)),
  'fs.promises.readFile': ({ A }) => fs.promises.readFile(`${A}/out`),
  'fs.openSync': ({ A }) => fs.readFileSync(fs.openSync(`${A}/out`)),
  'fs.promises.open': async ({ A }) => {
    const file = await fs.promises.open(`${A}/out`);
    return file.readFile().finally(() => file.close());
  },
  'fs.createReadStream': ({ A }) => attempt.event(fs.createReadStream(`${A}/out`), 'data'),
  'fs.statSync': ({ A }) => fs.statSync(`${A}/out`),
  'fs.accessSync': ({ A }) => fs.accessSync(`${A}/out`) ?? 'there',
  'fs.openAsBlob': async ({ A }) => (await fs.openAsBlob(`${A}/out`)).text(),
  'fs.copyFileSync': ({ A }) => fs.copyFileSync(`${A}/out`, `${A}/copy`) ?? fs.readFileSync(`${A}/copy`),
  'a folder': ({ A }) => fs.readdirSync(`${A}/folder`),
  'a folder, opened': ({ A }) => fs.opendirSync(`${A}/folder`),
  'through a folder': ({ A }) => fs.readFileSync(`${A}/folder/secret`),
  'require through a folder': ({ A }) => require(`${A}/folder/secret.json`),
  'a relative link': ({ A }) => fs.readFileSync(`${A}/relative`),
  'a chain of relative links': ({ A }) => fs.readFileSync(`${A}/sub/chain`),
  'fs.statfsSync': ({ A }) => fs.statfsSync(`${A}/folder`),
  'fs.watch': ({ A }) => fs.watch(`${A}/folder`),
  'fs.watchFile': ({ A }) => fs.watchFile(`${A}/out`, () => {}),
  '+ fs.lstatSync of the link': ({ A }) => fs.lstatSync(`${A}/out`).isSymbolicLink() && 'a link',
  '+ fs.readlinkSync of the link': ({ A }) => fs.readlinkSync(`${A}/relative`),
  '+ fs.unlinkSync of the link': ({ A }) => fs.unlinkSync(`${A}/out`) ?? 'removed',
  '+ fs.rmSync of the link': ({ A }) => fs.rmSync(`${A}/folder`) ?? 'removed',
  '+ fs.readdirSync of where it lies': ({ A }) => fs.readdirSync(A),
});
