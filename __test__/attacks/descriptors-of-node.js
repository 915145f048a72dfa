'use strict';
// A program can guess the numbers of the event loop's descriptors. libuv reads pointers from its
// pipes. A program that closes one can open a file of its own under the same number. permit refuses
// to write to these descriptors, to close them, and to hand them on.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: an answer
// Refused: FileSystemRead
// Refused: FileSystemWrite
// Control: none: these descriptors are nobody's to use, whatever is granted
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

/** What `use` gives for the first descriptor that is no file, no pipe, no socket and no terminal: those are not told here. */
const each = async (use) => {
  let refusal;
  for (let descriptor = 3; descriptor < 64; descriptor += 1) {
    try {
      if ((fs.fstatSync(descriptor).mode & 0o170000) !== 0) continue;
    } catch (error) {
      if (error.code !== 'ERR_ACCESS_DENIED') continue;
    }
    try {
      return `${descriptor} ${await use(descriptor)}`;
    } catch (error) {
      if (error.code === 'ERR_ACCESS_DENIED') refusal = error;
    }
  }
  throw refusal ?? new Error('none');
};
// A count of one wakes the loop, and no more.
const one = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

attempt({
  writeSync: () => each((descriptor) => fs.writeSync(descriptor, one)),
  'writeSync of a string': () => each((descriptor) => fs.writeSync(descriptor, one.toString('latin1'))),
  writevSync: () => each((descriptor) => fs.writevSync(descriptor, [one])),
  write: () => each((descriptor) => attempt.called((done) => fs.write(descriptor, one, done))),
  'writeFileSync of a number': () => each((descriptor) => fs.writeFileSync(descriptor, one.toString('latin1'))),
  'appendFileSync of a number': () => each((descriptor) => fs.appendFileSync(descriptor, one)),
  'a stream': () => each((descriptor) => {
    const stream = fs.createWriteStream(null, { fd: descriptor, autoClose: false });
    return new Promise((resolve, reject) => { stream.on('error', reject).write(one, (error) => (error ? reject(error) : resolve('written'))); });
  }),
  'the raw class behind a FileHandle': async ({ A }) => {
    const handle = attempt.keep(await fs.promises.open(`${A}/file`));
    const symbol = Object.getOwnPropertySymbols(handle).find((key) => handle[key]?.getAsyncId);
    const Raw = handle[symbol].constructor;
    return each((descriptor) => {
      const kind = attempt.keep(new Raw(descriptor));
      return kind.fd;
    });
  },
  'descriptors of a child': () => each((descriptor) => {
    const { error, status } = spawnSync('true', { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    if (error) throw error;
    return status === 0 && 'handed on';
  }),
  closeSync: ({ A }) => {
    fs.watch(A).on('error', () => {});
    return each((descriptor) => fs.closeSync(descriptor));
  },
});
