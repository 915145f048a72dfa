'use strict';
// WASI is a second way to the system beside `fs`. Here none is made without --allow-wasi.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: WASI
// Control: --allow-wasi
const attempt = require('../helpers/attempt.js');
const wasi = require('node:wasi');

attempt({
  'new WASI': () => new wasi.WASI({ version: 'preview1' }),
  'Reflect.construct': () => Reflect.construct(wasi.WASI, [{ version: 'preview1' }]),
  'a subclass': () => new (class extends wasi.WASI {})({ version: 'preview1' }),
  'ES import': async () => new (await import('node:wasi')).WASI({ version: 'preview1' }),
});
