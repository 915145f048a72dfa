'use strict';
// What a descriptor leads to has a name in /proc as well. Bytes that are written there go into the same pipe of the event loop,
// which follows them as pointers.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: FileSystemRead
// Refused: FileSystemWrite
// Control: none: these pipes are nobody's to use, whatever is granted
// Alone: bare, Node does not survive some of them
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

// Its handler has Node make the pipe for signals.
process.on('SIGUSR2', () => {});
/** The names of pipes both ends of which are in this process. */
const pipes = () => {
  const links = fs.readdirSync('/proc/self/fd').map((number) => {
    try {
      return [number, fs.readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      return [number, ''];
    }
  });
  const twice = links.filter(([, text]) => text.startsWith('pipe:') && links.filter(([, other]) => other === text).length > 1);
  return twice.filter(([number]) => number > 2).map(([number]) => number);
};
/** What the first of these descriptors gives that can be opened so. */
const first = (open, folder = '/proc/self/fd') => {
  let refusal;
  for (const number of pipes()) {
    try {
      return `opened ${fs.readlinkSync(`/proc/self/fd/${number}`)} ${open(`${folder}/${number}`)}`;
    } catch (error) {
      if (error.code === 'ERR_ACCESS_DENIED') refusal = error;
    }
  }
  throw refusal ?? new Error('no pipe');
};
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;

attempt({
  'open to write': () => first((name) => fs.openSync(name, O_WRONLY | O_NONBLOCK)),
  'open to read': () => first((name) => fs.openSync(name, O_RDONLY | O_NONBLOCK)),
  'in /dev': () => first((name) => fs.openSync(name, O_WRONLY | O_NONBLOCK), '/dev/fd'),
  'by the number of the process': () => first((name) => fs.openSync(name, O_WRONLY | O_NONBLOCK), `/proc/${process.pid}/fd`),
  'a file that is made there': () => first((name) => fs.writeFileSync(name, '', { flag: O_WRONLY | O_NONBLOCK })),
});
