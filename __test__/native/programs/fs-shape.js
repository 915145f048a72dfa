// The same calls with the path in every shape that Node takes or refuses, on a place that is
// granted and on one that is not.
'use strict';
const fs = require('node:fs');
const { run, table, close } = require('./rows.js');
const { good, odd } = require('./shapes.js');

const { rows, add } = table();
const SHAPES = { ...good, ...odd };
const ALL = ['sync', 'callback', 'promise'];
// [function, target, flavours, further arguments]
const CALLS = [
  ['access', 'f.txt', ALL, []],
  ['stat', 'f.txt', ALL, []],
  ['lstat', 'f.txt', ALL, []],
  ['statfs', 'sub', ALL, []],
  ['exists', 'f.txt', ['sync', 'callback'], []],
  ['readFile', 'f.txt', ALL, []],
  ['readFile', 'f.txt', ALL, ['utf8']],
  ['open', 'f.txt', ALL, ['r']],
  ['open', 'f.txt', ALL, ['a+']],
  ['readdir', 'sub', ALL, []],
  ['readdir', 'sub', ALL, [{ recursive: true }]],
  ['opendir', 'sub', ALL, []],
  ['realpath', 'f.txt', ALL, []],
  ['readlink', 'link', ALL, []],
  ['writeFile', 'f.txt', ALL, ['x']],
  ['appendFile', 'f.txt', ALL, ['x']],
  ['mkdir', 'new', ALL, []],
  ['mkdir', 'new', ALL, [{ recursive: true }]],
  ['mkdtemp', 't-', ALL, []],
  ['mkdtempDisposable', 't-', ['sync', 'promise'], []],
  ['rmdir', 'empty', ALL, []],
  ['rm', 'f.txt', ALL, []],
  ['rm', 'sub', ALL, [{ recursive: true }]],
  ['unlink', 'f.txt', ALL, []],
  ['truncate', 'f.txt', ALL, [1]],
  ['chmod', 'f.txt', ALL, [0o644]],
  ['chown', 'f.txt', ALL, [process.getuid(), process.getgid()]],
  ['lchown', 'f.txt', ALL, [process.getuid(), process.getgid()]],
  ['utimes', 'f.txt', ALL, [1, 1]],
  ['lutimes', 'f.txt', ALL, [1, 1]],
];
// Further arguments that are made of the row's own folder: where the second path of a call leads.
const PAIRS = [
  ['rename', 'f.txt', (other) => [other], 'first'],
  ['copyFile', 'f.txt', (other) => [other], 'first'],
  ['link', 'f.txt', (other) => [other], 'first'],
  ['cp', 'f.txt', (other) => [other], 'first'],
  ['rename', 'new', (other) => [other], 'second'],
  ['copyFile', 'new', (other) => [other], 'second'],
  ['link', 'new', (other) => [other], 'second'],
  ['symlink', 'new', (other) => [other], 'second'],
  ['cp', 'new', (other) => [other], 'second'],
];
const find = (name, form) => (form === 'promise' ? fs.promises[name] : fs[form === 'sync' ? `${name}Sync` : name]);
const slug = (rest) => rest.map((one) => JSON.stringify(one)).join();

for (const [name, target, forms, rest] of CALLS)
  for (const form of forms)
    for (const place of ['B', 'N'])
      for (const [shape, make] of Object.entries(SHAPES)) {
        add({
          id: `${name}(${slug(rest)}) ${form} ${place}/${target} as ${shape}`,
          form,
          places: [place],
          needs: [target, ...(shape.startsWith('unicode') ? ['ünï ✓ 🙂.txt'] : [])],
          absent: () => typeof find(name, form) !== 'function',
          call: (t, cb) => find(name, form).call(fs, make(`${t.dir(place)}/${target}`), ...rest, ...(cb ? [cb] : [])),
          tidy: name === 'open' && form !== 'promise' ? (fd) => fs.closeSync(fd) : close,
        });
      }
for (const [name, target, , which] of PAIRS)
  for (const form of ALL)
    for (const place of ['B', 'N'])
      for (const [shape, make] of Object.entries(SHAPES)) {
        add({
          id: `${name}(${which} path) ${form} ${place}/${target} as ${shape}`,
          form,
          places: [...new Set([place, 'B'])],
          needs: ['f.txt'],
          call(t, cb) {
            const subject = make(`${t.dir(place)}/${target}`);
            const pair = which === 'first' ? [subject, `${t.dir('B')}/other`] : [`${t.dir('B')}/f.txt`, subject];
            return find(name, form).call(fs, ...pair, ...(cb ? [cb] : []));
          },
        });
      }
const one = (id, form, target, call, extra = {}) => {
  for (const place of ['B', 'N'])
    for (const [shape, make] of Object.entries(SHAPES)) {
      add({
        id: `${id} ${form} ${place}/${target} as ${shape}`,
        form,
        places: [place],
        needs: [target],
        call: (t, cb) => call(make(`${t.dir(place)}/${target}`), t, cb),
        tidy: close,
        ...extra,
      });
    }
};
const stream = { events: ['open'], tidy: (_, t) => t.made?.destroy() };
one('createReadStream', 'event', 'f.txt', (p, t) => (t.made = fs.createReadStream(p)), stream);
one('createWriteStream', 'event', 'new', (p, t) => (t.made = fs.createWriteStream(p)), stream);
one('realpath.native', 'sync', 'f.txt', (p) => fs.realpathSync.native(p));
one('realpath.native', 'callback', 'f.txt', (p, t, cb) => fs.realpath.native(p, cb));
one('openAsBlob', 'promise', 'f.txt', (p) => fs.openAsBlob(p), { absent: () => !fs.openAsBlob });
one('openAsBlobSync', 'sync', 'f.txt', (p) => fs.openAsBlobSync(p), { absent: () => !fs.openAsBlobSync });
one('watch', 'sync', 'sub', (p) => fs.watch(p));
one('watch(recursive)', 'sync', 'sub', (p) => fs.watch(p, { recursive: true }));
one(
  'watchFile',
  'sync',
  'f.txt',
  (p) => {
    const watcher = fs.watchFile(p, { interval: 60_000 }, () => {});
    fs.unwatchFile(p);
    return watcher;
  },
  { tidy: undefined },
);
one(
  'Utf8Stream',
  'sync',
  'f.txt',
  (p) => {
    const out = new fs.Utf8Stream({ dest: p, sync: true });
    out.write('x');
    out.end();
    return 'written';
  },
  { absent: () => !fs.Utf8Stream },
);
one(
  'process.chdir',
  'sync',
  'sub',
  (p) => {
    const before = process.cwd();
    process.chdir(p);
    process.chdir(before);
  },
  { tidy: undefined },
);
one('process.loadEnvFile', 'sync', '.env', (p) => process.loadEnvFile(p), { absent: () => !process.loadEnvFile });

module.exports = rows;
if (require.main === module) run(rows);
