// fs.open with every flag that Node has a name for and every numeric combination that decides
// between reading and writing.
'use strict';
const fs = require('node:fs');
const { run, table, close } = require('./rows.js');

const { rows, add } = table();
const { constants: c } = fs;
const NAMED = [
  'r',
  'rs',
  'sr',
  'r+',
  'rs+',
  'sr+',
  'w',
  'wx',
  'xw',
  'w+',
  'wx+',
  'xw+',
  'a',
  'ax',
  'xa',
  'as',
  'sa',
  'a+',
  'ax+',
  'xa+',
  'as+',
  'sa+',
];
const WRONG = {
  none: undefined,
  null: null,
  unknown: 'q',
  empty: '',
  float: 1.5,
  huge: 2 ** 40,
  text: '0',
  object: {},
};
const MODES = { O_RDONLY: c.O_RDONLY, O_WRONLY: c.O_WRONLY, O_RDWR: c.O_RDWR, 'both bits': 3 };
const EXTRA = [
  '',
  'O_CREAT',
  'O_TRUNC',
  'O_APPEND',
  'O_EXCL',
  'O_CREAT|O_EXCL',
  'O_CREAT|O_TRUNC',
  'O_NOFOLLOW',
  'O_DIRECTORY',
  'O_SYNC',
  'O_DSYNC',
  'O_NOATIME',
  'O_DIRECT',
  'O_NONBLOCK',
  'O_NOCTTY',
];

const FLAGS = new Map(NAMED.map((flag) => [`'${flag}'`, flag]));
for (const [name, flag] of Object.entries(WRONG)) FLAGS.set(name, flag);
for (const [mode, bits] of Object.entries(MODES))
  for (const extra of EXTRA) {
    FLAGS.set(
      [mode, extra].filter(Boolean).join('|'),
      extra
        .split('|')
        .filter(Boolean)
        .reduce((sum, name) => sum | (c[name] ?? 0), bits),
    );
  }
FLAGS.set('O_PATH', 0o10000000);
FLAGS.set('O_PATH|O_RDWR', 0o10000000 | c.O_RDWR);
FLAGS.set('O_TMPFILE|O_RDWR', 0o20200000 | c.O_RDWR);
FLAGS.set('O_TMPFILE|O_WRONLY', 0o20200000 | c.O_WRONLY);
FLAGS.set('O_TMPFILE bit alone', 0o20000000);
FLAGS.set('minus one', -1);
FLAGS.set('high bit', 0x80000000);

for (const [label, flag] of FLAGS)
  for (const place of ['R', 'W', 'B', 'N']) {
    const targets = label.includes('TMPFILE') || label.includes('DIRECTORY') ? ['sub'] : ['f.txt', 'missing'];
    for (const target of targets) {
      const path = (t) => `${t.dir(place)}/${target}`;
      const common = { places: [place], needs: [target] };
      const id = `open(${label})`;
      add({
        ...common,
        id: `${id} sync ${place}/${target}`,
        form: 'sync',
        call: (t) => fs.openSync(path(t), flag),
        tidy: (fd) => fs.closeSync(fd),
      });
      add({
        ...common,
        id: `${id} callback ${place}/${target}`,
        form: 'callback',
        call: (t, cb) => fs.open(path(t), flag, cb),
        tidy: (fd) => fs.closeSync(fd),
      });
      add({
        ...common,
        id: `${id} promise ${place}/${target}`,
        form: 'promise',
        call: (t) => fs.promises.open(path(t), flag),
        tidy: close,
      });
    }
  }
for (const place of ['R', 'W', 'B', 'N']) {
  const path = (t) => `${t.dir(place)}/f.txt`;
  const common = { places: [place], needs: ['f.txt'] };
  add({
    ...common,
    id: `open() without flags sync ${place}`,
    form: 'sync',
    call: (t) => fs.openSync(path(t)),
    tidy: (fd) => fs.closeSync(fd),
  });
  add({
    ...common,
    id: `open() without flags callback ${place}`,
    form: 'callback',
    call: (t, cb) => fs.open(path(t), cb),
    tidy: (fd) => fs.closeSync(fd),
  });
  add({
    ...common,
    id: `open() without flags promise ${place}`,
    form: 'promise',
    call: (t) => fs.promises.open(path(t)),
    tidy: close,
  });
}

module.exports = rows;
if (require.main === module) run(rows);
