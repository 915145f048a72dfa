'use strict';
// Flags of V8 hand out what the hooks stand on: natives that edit functions, frames that give a trampoline's original, memory
// without bounds. `v8.setFlagsFromString` sets them while a program runs.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: Addon
// Control: none: with the grant of all addons native code runs, and flags are its least concern
// Alone: a flag is of the process
const attempt = require('../helpers/attempt.js');
const v8 = require('node:v8');

attempt({
  'natives syntax': () => {
    v8.setFlagsFromString('--allow-natives-syntax');
    return new Function('return %GetOptimizationStatus(() => {}) >= 0 ? "an answer" : ""')();
  },
  'with underscores, one dash and a harmless flag in front': () => {
    v8.setFlagsFromString('--expose-gc -allow_natives_syntax');
    return new Function('return %IsBeingInterpreted() ? "an answer" : "an answer"')();
  },
  'frames that hold functions': () => {
    v8.setFlagsFromString('--experimental-stack-trace-frames');
    return 'an answer';
  },
  'memory without bounds': () => {
    v8.setFlagsFromString('--no-wasm-bounds-checks');
    return 'an answer';
  },
  'a file that V8 maps': () => {
    v8.setFlagsFromString('--gc-fake-mmap=/nowhere');
    return 'an answer';
  },
});
