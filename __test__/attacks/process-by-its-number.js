'use strict';
// A process has many names in /proc: `self`, its number, `thread-self`, the number of each of its threads, which no listing shows,
// and each of these below `task`. What is denied by one of them is denied by all: they show the same.
// Policy: --allow-fs-read=* --deny-fs-read=/proc/self/cmdline --deny-fs-read=/proc/self/maps
// Takes: an answer
// Refused: FileSystemRead
// Control: only --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const threads = () => fs.readdirSync('/proc/self/task');
const ways = {};
for (const file of ['cmdline', 'maps']) {
  Object.assign(ways, {
    [`${file} of self`]: () => fs.readFileSync(`/proc/self/${file}`, 'utf8'),
    [`${file} of its number`]: () => fs.readFileSync(`/proc/${process.pid}/${file}`, 'utf8'),
    [`${file} of thread-self`]: () => fs.readFileSync(`/proc/thread-self/${file}`, 'utf8'),
    [`${file} of a thread`]: () => fs.readFileSync(`/proc/${threads().at(-1)}/${file}`, 'utf8'),
    [`${file} of a task`]: () => fs.readFileSync(`/proc/self/task/${threads().at(-1)}/${file}`, 'utf8'),
    [`${file} of a task of its number`]: () => fs.readFileSync(`/proc/${process.pid}/task/${process.pid}/${file}`, 'utf8'),
    [`${file} of a task of a thread`]: () => fs.readFileSync(`/proc/${threads().at(-1)}/task/${process.pid}/${file}`, 'utf8'),
    [`${file} behind the root`]: () => fs.readFileSync(`/proc/self/root/proc/${process.pid}/${file}`, 'utf8'),
    [`${file} from a folder`]: () => fs.readFileSync(`/proc/self/task/../fdinfo/../../${process.pid}/${file}`, 'utf8'),
    [`${file}, later`]: () => fs.promises.readFile(`/proc/thread-self/${file}`, 'utf8'),
  });
}

attempt(ways);
