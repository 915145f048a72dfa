'use strict';
// The name of a working directory may be bytes that are no UTF-8. In its text they stand as
// U+FFFD, and another folder can have that name. permit asked about a relative path by the bytes,
// and then made it absolute by the text. permit refuses a relative path in such a folder where it
// would have to. Bare Node keeps to the bytes: so each way also uses the text, which is
// `process.cwd()`.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystem
// Control: none: a relative path in such a folder is refused, whatever is granted
// Given: link ${A}/� to ${D}
// Given: file ${A}/sub/secret holding granted
// Alone: the working directory is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

/** Makes a folder with a byte in its name that is no text the working directory. */
const enter = ({ A }) => {
  const bytes = Buffer.concat([Buffer.from(`${A}/`), Buffer.from([0xff])]);
  fs.renameSync(`${A}/sub`, bytes);
  fs.symlinkSync(bytes, `${A}/here`);
  process.chdir(`${A}/here`);
};
/** What a name leads to by its bytes, and if that is the folder's own, what it leads to by its text. */
const read = (use) => async (place) => {
  enter(place);
  const text = String(await use('secret'));
  return text === 'granted' ? use(path.resolve('secret')) : text;
};
const change = (use) => async (place) => {
  enter(place);
  await use('made');
  return use(path.resolve('made'));
};
const inWorker = (expression) => (place) => {
  enter(place);
  return attempt.thread(new Worker(attempt.program(expression, place), { eval: true }));
};

attempt({
  readFile: read((name) => attempt.called((done) => fs.readFile(name, done))),
  open: read(async (name) => fs.readFileSync(await attempt.called((done) => fs.open(name, done)), 'utf8')),
  'promises.readFile': read((name) => fs.promises.readFile(name)),
  createReadStream: read(async (name) => Buffer.concat(await fs.createReadStream(name).toArray())),
  writeFile: change((name) => attempt.called((done) => fs.writeFile(name, '', done))),
  mkdir: change((name) => attempt.called((done) => fs.mkdir(name, done))),
  'promises.writeFile': change((name) => fs.promises.writeFile(name, '')),
  'a worker that reads': inWorker(`(() => {
    const text = fs.readFileSync('secret', 'utf8');
    return text === 'granted' ? fs.readFileSync(require('path').resolve('secret'), 'utf8') : text;
  })()`),
  'a worker that writes': inWorker(`(() => {
    fs.mkdirSync('made');
    fs.mkdirSync(require('path').resolve('made'));
  })()`),
});
