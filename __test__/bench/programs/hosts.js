// Prints what `has('net.connect', …)` takes for an address that is granted, in nanoseconds.
const { permission } = process;
const { hrtime } = process;
const address = process.argv[2];
const ask = (turns) => {
  for (let turn = 0; turn < turns; turn += 1) permission.has('net.connect', address);
};
ask(3000);
const each = [];
for (let batch = 0; batch < 30; batch += 1) {
  const begin = hrtime.bigint();
  ask(100);
  each.push(Number(hrtime.bigint() - begin) / 100);
}
each.sort((a, b) => a - b);
console.log(JSON.stringify({ least: each[0], median: each[15] }));
