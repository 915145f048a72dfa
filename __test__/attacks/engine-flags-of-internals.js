'use strict';
// Some flags of V8 open what the hooks rest on. They give a program natives that edit functions,
// frames that hold the original of a trampoline, and memory without bounds.
// `v8.setFlagsFromString` sets them while the program runs.
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
