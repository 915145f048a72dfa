'use strict';
// Without a number: until Node 24.20 and 26.7 `process._linkedBinding` looked for a linked native module and asked nobody.
// Here it is refused as an addon, by name.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: Addon anything
// Control: none: no Node has a linked binding to load, so that with the grant it says that there is none
const attempt = require('../helpers/attempt.js');

const asked = (call) => {
  try {
    return call('anything');
  } catch (error) {
    if (error.code === 'ERR_ACCESS_DENIED') throw error;
    // It was looked for.
    return error.message;
  }
};

attempt({
  'process._linkedBinding': () => asked((name) => process._linkedBinding(name)),
  'process._linkedBinding, called': () => asked((name) => Reflect.apply(process._linkedBinding, process, [name])),
});
