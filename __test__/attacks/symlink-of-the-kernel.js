'use strict';
// The kernel has links of its own: `/proc/self/root` and `/proc/self/cwd` lead to the root and to the working directory, and
// `/dev/fd` to every open file. Here a grant of them is no grant of where they lead.
// Policy: --allow-fs-read=${A} --allow-fs-read=/proc --allow-fs-read=/dev
// Takes: the secret
// Refused: FileSystemRead /proc/self/root${D}/secret
// Refused: FileSystemRead /proc/self/cwd/${N}/denied/secret
// Refused: FileSystemRead /proc/thread-self/root${D}/secret
// Refused: FileSystemRead /proc/*
// Refused: FileSystemRead /dev/fd/../root${D}/secret
// Control: --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  '/proc/self/root': ({ D }) => fs.readFileSync(`/proc/self/root${D}/secret`),
  '/proc/self/root, promised': ({ D }) => fs.promises.readFile(`/proc/self/root${D}/secret`),
  '/proc/thread-self/root': ({ D }) => fs.readFileSync(`/proc/thread-self/root${D}/secret`),
  '/proc/(its number)/root': ({ D }) => fs.readFileSync(`/proc/${process.pid}/root${D}/secret`),
  '/proc/self/cwd': ({ N }) => fs.readFileSync(`/proc/self/cwd/${N}/denied/secret`),
  '/proc/self/task': ({ D }) => fs.readFileSync(`/proc/self/task/${process.pid}/root${D}/secret`),
  'a descriptor of the root': ({ D }) => {
    const fd = fs.openSync('/proc/self/root', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    return fs.readFileSync(`/proc/self/fd/${fd}${D}/secret`);
  },
  '/dev/fd': ({ D }) => fs.readFileSync(`/dev/fd/../root${D}/secret`),
  '+ a descriptor of a granted file': ({ A }) => fs.readFileSync(`/proc/self/fd/${fs.openSync(`${A}/file`)}`),
});
