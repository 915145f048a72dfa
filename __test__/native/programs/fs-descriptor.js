// What a descriptor or a FileHandle may still do: opened under the policy, or inherited from a
// parent that may do all.
'use strict';
const fs = require('node:fs');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const me = [process.getuid(), process.getgid()];
// Place -> the flag that the policy lets through there. `N` is inherited: its number is in the
// environment.
const OPENED = { R: 'r', W: 'w', B: 'r+' };
const CALLS = {
  fstat: [],
  read: () => [Buffer.alloc(4), 0, 4, 0],
  readv: () => [[Buffer.alloc(4)], 0],
  write: () => ['x'],
  'write buffer': () => [Buffer.from('x'), 0, 1, 0],
  writev: () => [[Buffer.from('x')], 0],
  ftruncate: [1],
  fsync: [],
  fdatasync: [],
  fchmod: [0o644],
  fchown: me,
  futimes: [1, 1],
  readFile: [],
  'readFile utf8': ['utf8'],
  writeFile: ['x'],
  appendFile: ['x'],
  close: [],
};
const inherited = () => Number(process.env.ROWS_INHERITED);

for (const [label, rest] of Object.entries(CALLS))
  for (const place of ['R', 'W', 'B', 'N'])
    for (const form of ['sync', 'callback']) {
      const name = label.split(' ')[0];
      add({
        id: `${label}(fd) ${form} ${place}`,
        form,
        places: [place],
        needs: ['f.txt'],
        inherits: place === 'N',
        absent: () => place === 'N' && name === 'close',
        call(t, cb) {
          t.fd = place === 'N' ? inherited(t) : fs.openSync(`${t.dir(place)}/f.txt`, OPENED[place]);
          const args = [t.fd, ...(typeof rest === 'function' ? rest() : rest)];
          return form === 'sync' ? fs[`${name}Sync`](...args) : fs[name](...args, cb);
        },
        tidy: (_, t) => {
          if (place !== 'N' && name !== 'close') fs.closeSync(t.fd);
        },
      });
    }
for (const fd of [99999, -1, 1.5, '1', null, undefined])
  for (const name of ['fstat', 'fsync', 'fdatasync', 'fchmod', 'fchown', 'futimes', 'close', 'ftruncate']) {
    const rest = typeof CALLS[name] === 'function' ? CALLS[name]() : CALLS[name];
    add({
      id: `${name}(${JSON.stringify(fd)}) sync`,
      form: 'sync',
      places: [],
      needs: [],
      call: () => fs[`${name}Sync`](fd, ...rest),
    });
    add({
      id: `${name}(${JSON.stringify(fd)}) callback`,
      form: 'callback',
      places: [],
      needs: [],
      call: (t, cb) => fs[name](fd, ...rest, cb),
    });
  }

const drained = async (parts) => {
  let all = '';
  for await (const part of parts) all += Buffer.from(part).toString();
  return all;
};
const METHODS = {
  stat: (file) => file.stat(),
  read: (file) => file.read(Buffer.alloc(4), 0, 4, 0).then(({ bytesRead }) => String(bytesRead)),
  readv: (file) => file.readv([Buffer.alloc(4)], 0).then(({ bytesRead }) => String(bytesRead)),
  readFile: (file) => file.readFile(),
  'readFile utf8': (file) => file.readFile('utf8'),
  readLines: (file) => drained(file.readLines()),
  createReadStream: (file) => drained(file.createReadStream({ autoClose: false })),
  readableWebStream: (file) => drained(file.readableWebStream()),
  createWriteStream: (file) =>
    new Promise((resolve, reject) =>
      file
        .createWriteStream()
        .on('error', reject)
        .end('x', () => resolve('written')),
    ),
  write: (file) => file.write('x').then(({ bytesWritten }) => String(bytesWritten)),
  writev: (file) => file.writev([Buffer.from('x')]).then(({ bytesWritten }) => String(bytesWritten)),
  writeFile: (file) => file.writeFile('x'),
  appendFile: (file) => file.appendFile('x'),
  'appendFile flush': (file) => file.appendFile('x', { flush: true }),
  truncate: (file) => file.truncate(1),
  sync: (file) => file.sync(),
  datasync: (file) => file.datasync(),
  chmod: (file) => file.chmod(0o644),
  chown: (file) => file.chown(...me),
  utimes: (file) => file.utimes(1, 1),
  'readFile by handle': (file) => fs.promises.readFile(file),
  'writeFile by handle': (file) => fs.promises.writeFile(file, 'x'),
  'appendFile by handle': (file) => fs.promises.appendFile(file, 'x'),
  pull: (file) => drained(file.pull()),
  writer: (file) => file.writer().write(Buffer.from('x')),
  close: (file) => file.close(),
};
const ABSENT = { pull: 1, writer: 1, readableWebStream: 1, readLines: 1 };
for (const [name, call] of Object.entries(METHODS))
  for (const place of ['R', 'W', 'B']) {
    add({
      id: `FileHandle.${name} promise ${place}`,
      form: 'promise',
      places: [place],
      needs: ['f.txt'],
      async call(t) {
        t.file = await fs.promises.open(`${t.dir(place)}/f.txt`, OPENED[place]);
        if (ABSENT[name] && typeof t.file[name] !== 'function') return 'no such method';
        return call(t.file);
      },
      tidy: (_, t) => t.file?.close(),
    });
  }

module.exports = rows;
if (require.main === module) run(rows);
