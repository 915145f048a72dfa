'use strict';
// Where permit cannot say itself where a path leads, it has the kernel open it, and looks at what was
// opened: the memory of the process is never written, nor its environment read. While no descriptor
// is left nothing is opened, and permit took that for a path that leads nowhere. An asynchronous call
// opens its file later, when the program has closed some.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: FileSystemWrite
// Refused: FileSystemRead
// Control: none: no grant gives the memory
// Given: variable OTHER_${N} holding the secret
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Has a file opened by a thread that is busy, and asked about while no descriptor is left. */
const later = ({ A }, call) => {
  const opened = [];
  try {
    for (;;) opened.push(fs.openSync(`${A}/file`));
  } catch ({ code }) {
    if (code !== 'EMFILE') throw Object.assign(new Error(code), { code });
  }
  for (let job = 0; job < 16; job += 1) pbkdf2('', '', 300_000, 32, 'sha256', () => {});
  try {
    return call();
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
};
// permit does not follow the root of another process.
const other = `/proc/${process.ppid}/root/proc/${process.pid}`;

/** A link of another name that leads there, made before what it leads to. */
const linked = ({ A }, name) => {
  fs.symlinkSync(`hop/${name}`, `${A}/link`);
  fs.symlinkSync(other, `${A}/hop`);
  return `${A}/link`;
};

attempt({
  open: async (place) => {
    const fd = await later(place, () => attempt.called((done) => fs.open(`${other}/mem`, 'r+', done)));
    return `opened as ${fd}`;
  },
  'promises.open': async (place) => {
    const { fd } = attempt.keep(await later(place, () => fs.promises.open(`${other}/mem`, 'r+')));
    return `opened as ${fd}`;
  },
  'open of bytes': async (place) => {
    const memory = Buffer.from(`${other}/mem`);
    const opens = (done) => fs.open(memory, fs.constants.O_WRONLY, done);
    const fd = await later(place, () => attempt.called(opens));
    return `opened as ${fd}`;
  },
  'open by a link of another name': async (place) => {
    const link = linked(place, 'mem');
    const fd = await later(place, () => attempt.called((done) => fs.open(link, 'r+', done)));
    return `opened as ${fd}`;
  },
  'promises.open by a link of another name': async (place) => {
    const link = linked(place, 'mem');
    const { fd } = attempt.keep(await later(place, () => fs.promises.open(link, 'r+')));
    return `opened as ${fd}`;
  },
  'the environment by a link of another name': async (place) => {
    const link = linked(place, 'environ');
    const text = await later(place, () => fs.promises.readFile(link, 'utf8'));
    return text.includes(`OTHER_${place.N}`) ? 'the environment' : '';
  },
  'the environment, by readFile': async (place) => {
    const reads = (done) => fs.readFile(`${other}/environ`, 'utf8', done);
    const text = await later(place, () => attempt.called(reads));
    return text.includes(`OTHER_${place.N}`) ? 'the environment' : '';
  },
  'the environment, by promises.readFile': async (place) => {
    const text = await later(place, () => fs.promises.readFile(`${other}/environ`, 'utf8'));
    return text.includes(`OTHER_${place.N}`) ? 'the environment' : '';
  },
});
