'use strict';
// Without a number: on Node 22, 24 and 26.3 `fs.watch` with `recursive` started without asking and told the names of all that
// changes below a folder. Here the folder is asked about, and every folder below it.
// Policy: --allow-fs-read=${A} --allow-fs-write=${D}
// Takes: an answer
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${A}/../denied
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** What a watcher says when something changes. */
const seen = (watcher, folder) => {
  setTimeout(() => fs.writeFileSync(`${folder}/sub/secret`, 'changed'), 100);
  return new Promise((resolve, reject) => { watcher.on('change', (type, name) => resolve(`saw ${name}`)).on('error', reject); });
};

attempt({
  'fs.watch, recursive': ({ D }) => fs.watch(D, { recursive: true }),
  'fs.watch, recursive, with dots': ({ A }) => fs.watch(`${A}/../denied`, { recursive: true }),
  'fs.watch': ({ D }) => fs.watch(D),
  'fs.watch of a file': ({ D }) => fs.watch(`${D}/secret`),
  'fs.watch of a folder below': ({ D }) => seen(fs.watch(`${D}`, { recursive: true }), D),
  'fs.promises.watch': async ({ D }) => {
    setTimeout(() => fs.writeFileSync(`${D}/secret`, 'changed'), 50);
    for await (const { filename } of fs.promises.watch(D)) return filename;
    return undefined;
  },
  'fs.promises.watch, recursive': async ({ D }) => {
    setTimeout(() => fs.writeFileSync(`${D}/sub/secret`, 'changed'), 100);
    for await (const { filename } of fs.promises.watch(D, { recursive: true })) return filename;
    return undefined;
  },
});
