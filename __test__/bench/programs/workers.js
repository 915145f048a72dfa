'use strict';
// Makes 2,000 workers one after the other. Prints what each of them left in memory, in bytes, and
// what each took, in milliseconds.
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');

const [FIRST, ALL] = [100, 2100];
v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
let before;
let begin;
const memory = () => {
  gc();
  gc();
  return process.memoryUsage.rss();
};
const next = (made) => {
  if (made === FIRST) [before, begin] = [memory(), performance.now()];
  if (made < ALL) return new Worker('', { eval: true }).on('exit', () => next(made + 1));
  const milliseconds = (performance.now() - begin) / (ALL - FIRST);
  return console.log(JSON.stringify({ left: (memory() - before) / (ALL - FIRST), milliseconds }));
};
next(0);
