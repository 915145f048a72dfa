// Prints what one call of several functions takes, in nanoseconds: the best and the middle of many
// batches. The first argument is a file, the others name functions.
const fs = require('node:fs');

const [file, ...names] = process.argv.slice(2);
const { permission } = process;
const CALLS = {
  statSync: () => fs.statSync(file),
  existsSync: () => fs.existsSync(file),
  accessSync: () => fs.accessSync(file),
  readFileSync: () => fs.readFileSync(file, 'utf8'),
  has: () => permission.has('fs.read', file),
  'has, refused': () => permission.has('fs.read', '/etc/passwd'),
  'statSync, refused': () => {
    try {
      fs.statSync('/etc/passwd');
    } catch {
      // As meant.
    }
  },
};
const BATCHES = 60;
const now = process.hrtime.bigint;

function measure(call) {
  for (let warm = 0; warm < 6000; warm += 1) call();
  const each = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const begin = now();
    for (let turn = 0; turn < 800; turn += 1) call();
    each.push(Number(now() - begin) / 800);
  }
  each.sort((a, b) => a - b);
  return { least: each[0], median: each[BATCHES >> 1] };
}

// Once round before what counts: the engine has then seen every function, as in a program that runs
// for a while.
for (const name of names) measure(CALLS[name]);
console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, measure(CALLS[name])]))));
