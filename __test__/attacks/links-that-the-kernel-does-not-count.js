'use strict';
// The kernel follows 40 links on the way of a path. It does not count `/proc/<number>` as a link
// to `/proc/self`, and permit did: permit gave up on a chain of links that the kernel still
// followed, and allowed it, as it leads nowhere. permit asks the kernel whether a path leads
// nowhere. If the kernel does not say so, permit refuses the path.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/self/*
// Refused: FileSystemWrite ${A}/self/*
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: link ${A}/self to .
// Given: link ${A}/root to /
// Given: variable OTHER_${N} holding the secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { createRequire } = require('node:module');

/** An absolute path behind as many links as the kernel takes: all but the last lead nowhere else. */
const chain = ({ A }, path, links) => `${A}/${'self/'.repeat(links - 1)}root${path}`;
// The 40th is `root` of that process, which the kernel does count.
const folder = (place) => chain(place, `/proc/${process.pid}/root${place.D}`, 39);

attempt({
  readFileSync: (place) => fs.readFileSync(`${folder(place)}/secret`),
  readFile: (place) => attempt.called((done) => fs.readFile(`${folder(place)}/secret`, done)),
  'promises.readFile': (place) => fs.promises.readFile(`${folder(place)}/secret`),
  readdirSync: (place) => fs.readdirSync(folder(place)).join(' '),
  opendirSync: (place) => {
    const directory = fs.opendirSync(folder(place));
    const names = [];
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) names.push(entry.name);
    directory.closeSync();
    return names.join(' ');
  },
  require: (place) => createRequire(__filename)(`${folder(place)}/secret.js`),
  writeFileSync: (place) => fs.writeFileSync(`${folder(place)}/made`, ''),
  mkdirSync: (place) => fs.mkdirSync(`${folder(place)}/made`),
  utimesSync: (place) => fs.utimesSync(`${folder(place)}/secret`, 1, 1),
  unlinkSync: (place) => fs.unlinkSync(`${folder(place)}/secret`),
  renameSync: (place) => fs.renameSync(`${place.A}/file`, `${folder(place)}/moved`),
  'the environment of the process': (place) => fs.readFileSync(chain(place, `/proc/${process.pid}/environ`, 40)),
  'the working directory of the process': (place) =>
    fs.readFileSync(chain(place, `/proc/${process.pid}/cwd/${place.N}/denied/secret`, 39)),
});
