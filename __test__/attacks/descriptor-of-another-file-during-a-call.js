'use strict';
// A call that waits uses whatever is open under its number when it runs. Meanwhile the program closes
// the number and opens a file under it that it may only read, or its maker opens one that a worker may
// not read. permit gives a call that waits a descriptor of its own.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-worker
// Takes: a change of ${D}
// Takes: the secret
// Refused: ERR_ITS_OWN_FILE
// Control: none: the call uses what it was about, whatever is granted
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');
const { Worker } = require('node:worker_threads');

const wait = () => {
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
};
const own = (value) => {
  throw Object.assign(new Error(value), { code: 'ERR_ITS_OWN_FILE' });
};

/** Opens a file, and leaves numbers below it free: Node's threads take the lowest for a moment. */
const openHigh = (path, flags) => {
  const opened = Array.from({ length: 16 }, () => fs.openSync(path, flags));
  const number = opened.pop();
  for (const other of opened) fs.closeSync(other);
  return number;
};
/** Opens a file under a number that is free. */
const openAs = (path, number) => {
  const opened = [];
  while (opened.at(-1) !== number) {
    opened.push(fs.openSync(path, 'r'));
    if (opened.at(-1) > number) throw new Error(`${opened.at(-1)} and not ${number}`);
  }
  opened.pop();
  for (const other of opened) fs.closeSync(other);
};

/** Changes a file by its number, and opens another one under it meanwhile. */
const later = async ({ A, D }, change) => {
  const path = `${A}/file`;
  const before = fs.statSync(path);
  const first = openHigh(path, 'r+');
  wait();
  const changing = attempt.called((done) => change(first, done));
  fs.closeSync(first);
  openAs(`${D}/secret`, first);
  await changing;
  fs.closeSync(first);
  const after = fs.statSync(path);
  if (['mode', 'uid', 'mtimeMs'].some((fact) => before[fact] !== after[fact])) own('changed');
};

/** A worker that may read less reads its own file by number, and its maker opens another one meanwhile. */
const less = ({ A, D }, read) => {
  const program = `
    const { pbkdf2 } = require('node:crypto'), fs = require('node:fs');
    const { parentPort, workerData } = require('node:worker_threads');
    const descriptor = (${openHigh})(workerData, 'r');
    (${wait})();
    const bytes = Buffer.alloc(64);
    const done = (error) => parentPort.postMessage(error ? { code: error.code } : { text: String(bytes) });
    ${read};
    fs.closeSync(descriptor);
    parentPort.postMessage(descriptor);`;
  const permission = { 'allow-fs-read': [A] };
  const worker = new Worker(program, { eval: true, workerData: `${A}/file`, permission });
  return new Promise((resolve, reject) => {
    let number;
    worker.on('error', reject);
    worker.on('message', (said) => {
      if (typeof said === 'number') {
        number = said;
        openAs(`${D}/secret`, number);
        return;
      }
      fs.closeSync(number);
      resolve(said.text ?? said.code);
    });
  }).then((text) => (text.startsWith('granted\n') ? own(text) : text));
};

attempt({
  fchmod: (place) => later(place, (number, done) => fs.fchmod(number, 0o4777, done)),
  fchown: (place) => later(place, (number, done) => fs.fchown(number, 1234, 1234, done)),
  futimes: (place) => later(place, (number, done) => fs.futimes(number, 1, 1, done)),
  'read in a worker that may read less': (place) => less(place, 'fs.read(descriptor, bytes, 0, 64, 0, done)'),
  'readv in a worker that may read less': (place) => less(place, 'fs.readv(descriptor, [bytes], 0, done)'),
});
