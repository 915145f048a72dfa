'use strict';
// Under Node 26.10 a recursive listing of a granted folder goes on behind the links in it. Here what they lead to must be
// granted, also where one link leads to a folder with another.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${A}*
// Control: --allow-fs-read=${D}
// Given: folder ${A}/one
// Given: link ${A}/one/two to ${D}
// Given: link ${A}/sub/one to ${A}/one
// Given: link ${A}/sub/self to ${A}/sub
// Node: >=22 for readdirSync with types: in Node 20 this flavour does not go behind links
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const paths = (entries) => entries.map(({ name }) => name).join('\n');

attempt({
  readdirSync: ({ A }) => fs.readdirSync(`${A}/sub`, { recursive: true }).join('\n'),
  'readdirSync with types': ({ A }) => paths(fs.readdirSync(`${A}/sub`, { recursive: true, withFileTypes: true })),
  readdir: ({ A }) => attempt.called((done) => fs.readdir(A, { recursive: true }, done)).then((names) => names.join('\n')),
  'promises.readdir': async ({ A }) => (await fs.promises.readdir(`${A}/sub`, { recursive: true })).join('\n'),
});
