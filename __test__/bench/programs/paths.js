// Prints what one `statSync` takes where each is of another file, in nanoseconds: all files of a
// folder in turn, again and again for longer than anything is remembered. The arguments are a
// folder of folders, how many there are in it, and how many files there are in each.
const fs = require('node:fs');
const { join } = require('node:path');

const [root, folders, perFolder] = process.argv.slice(2);
const files = [];
for (let folder = 0; folder < Number(folders); folder += 1) {
  for (let file = 0; file < Number(perFolder); file += 1) files.push(join(root, `folder-${folder}`, `file-${file}.js`));
}
const { hrtime } = process;
const each = [];
for (let round = 0; round < 12; round += 1) {
  const begin = hrtime.bigint();
  for (const file of files) fs.statSync(file);
  each.push(Number(hrtime.bigint() - begin) / files.length);
  // What was remembered fades.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
}
each.splice(0, 2);
each.sort((a, b) => a - b);
console.log(JSON.stringify({ least: each[0], median: each[each.length >> 1] }));
