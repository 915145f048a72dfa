'use strict';
// V8's own flags write files: logs, traces of code, dumps of modules. `v8.setFlagsFromString` sets them while a program runs. Here
// it takes no flag that names what V8 would write where the policy says no.
// Policy: --allow-fs-read=${D}
// Takes: a change of ${D}
// Refused: FileSystemWrite
// Control: none: V8 opens these whenever it likes, so that permit lets none through
// Alone: a flag is of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const v8 = require('node:v8');

/** Has V8 optimise something, on a thread of its own, until there is something new in the folder. */
const busy = async (folder) => {
  const names = fs.readdirSync(folder).length;
  for (let tries = 0; tries < 500 && fs.readdirSync(folder).length === names; tries += 1) {
    const add = new Function('count', 'let sum = 0; for (let index = 0; index < count; index += 1) sum += index; return sum;');
    for (let index = 0; index < 3000; index += 1) add(1000);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
};

attempt({
  'code traces': ({ D }) => {
    v8.setFlagsFromString(`--redirect-code-traces-to=${D}/made`);
    v8.setFlagsFromString('--redirect-code-traces');
    v8.setFlagsFromString('--print-opt-code');
    v8.setFlagsFromString('--print-code');
    return busy(D);
  },
  'traces of the optimiser': ({ D }) => {
    process.chdir(D);
    v8.setFlagsFromString(`--trace-turbo-path=${D}`);
    v8.setFlagsFromString('--trace-turbo');
    return busy(D);
  },
  'with underscores': ({ D }) => {
    process.chdir(D);
    v8.setFlagsFromString(`--trace_turbo_path=${D}`);
    v8.setFlagsFromString('--trace_turbo');
    return busy(D);
  },
});
