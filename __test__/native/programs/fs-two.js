// The calls that take two paths (rename, copyFile, cp, link, symlink), from every kind of place to
// every kind of place.
'use strict';
const fs = require('node:fs');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const PLACES = ['R', 'W', 'B', 'N'];
const CALLS = [
  ['rename', '', 'f.txt', 'new', []],
  ['rename', 'over', 'f.txt', 'g.txt', []],
  ['rename', 'missing', 'missing', 'new', []],
  ['rename', 'folder', 'sub', 'new', []],
  ['copyFile', '', 'f.txt', 'new', []],
  ['copyFile', 'over', 'f.txt', 'g.txt', []],
  ['copyFile', 'COPYFILE_EXCL', 'f.txt', 'g.txt', [fs.constants.COPYFILE_EXCL]],
  ['copyFile', 'COPYFILE_FICLONE', 'f.txt', 'new', [fs.constants.COPYFILE_FICLONE]],
  ['copyFile', 'missing', 'missing', 'new', []],
  ['link', '', 'f.txt', 'new', []],
  ['link', 'missing', 'missing', 'new', []],
  ['symlink', '', 'f.txt', 'new', []],
  ['symlink', 'dir', 'sub', 'new', ['dir']],
  ['symlink', 'dangling', 'missing', 'new', ['file']],
  ['cp', '', 'f.txt', 'new', []],
  ['cp', 'force:false', 'f.txt', 'g.txt', [{ force: false }]],
  ['cp', 'errorOnExist', 'f.txt', 'g.txt', [{ force: false, errorOnExist: true }]],
  ['cp', 'folder', 'sub', 'new', []],
  ['cp', 'recursive', 'sub', 'new', [{ recursive: true }]],
  ['cp', 'recursive,deep', 'sub', 'newer/a/b', [{ recursive: true }]],
  ['cp', 'recursive,filter', 'sub', 'new', [{ recursive: true, filter: () => true }]],
  ['cp', 'preserveTimestamps', 'sub', 'new', [{ recursive: true, preserveTimestamps: true }]],
  ['cp', 'link', 'link', 'new', []],
  ['cp', 'dereference', 'link', 'new', [{ dereference: true }]],
  ['cp', 'missing', 'missing', 'new', []],
];

for (const [name, label, source, target, rest] of CALLS)
  for (const from of PLACES)
    for (const to of PLACES) {
      const common = {
        places: [...new Set([from, to])],
        needs: [...new Set([source, target])].filter((one) => one !== 'new' && one !== 'newer/a/b'),
      };
      const args = (t) => [`${t.dir(from)}/${source}`, `${t.dir(to)}/${target}`, ...rest];
      const id = (form) => `${name}(${label}) ${form} ${from}/${source} -> ${to}/${target}`;
      add({ ...common, id: id('sync'), form: 'sync', call: (t) => fs[`${name}Sync`](...args(t)) });
      add({ ...common, id: id('callback'), form: 'callback', call: (t, cb) => fs[name](...args(t), cb) });
      add({ ...common, id: id('promise'), form: 'promise', call: (t) => fs.promises[name](...args(t)) });
    }

// What a relative link names is decided from the link's own folder.
for (const to of PLACES)
  for (const [label, text] of [
    ['neighbour', 'f.txt'],
    ['out', '../../N/secret.txt'],
    ['empty', ''],
    ['absolute outside', '/etc/hostname'],
  ]) {
    const common = { places: [to], needs: ['f.txt'] };
    const link = (t) => `${t.dir(to)}/new`;
    add({
      ...common,
      id: `symlink(relative ${label}) sync ${to}`,
      form: 'sync',
      call: (t) => fs.symlinkSync(text, link(t)),
    });
    add({
      ...common,
      id: `symlink(relative ${label}) callback ${to}`,
      form: 'callback',
      call: (t, cb) => fs.symlink(text, link(t), cb),
    });
    add({
      ...common,
      id: `symlink(relative ${label}) promise ${to}`,
      form: 'promise',
      call: (t) => fs.promises.symlink(text, link(t)),
    });
  }

module.exports = rows;
if (require.main === module) run(rows);
