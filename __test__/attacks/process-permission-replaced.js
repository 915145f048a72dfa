'use strict';
// Under Node any code can replace `process.permission.has` and have the others believe that they may. Here the object cannot
// be replaced, and no decision asks it.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const tried = (call) => {
  try {
    call();
  } catch {}
};
const yes = () => true;

attempt({
  'has that lies': ({ D }) => {
    tried(() => { process.permission.has = yes; });
    tried(() => Object.defineProperty(process.permission, 'has', { value: yes }));
    return fs.readFileSync(`${D}/secret`);
  },
  'the object replaced': ({ D }) => {
    tried(() => { process.permission = { has: yes }; });
    tried(() => Object.defineProperty(process, 'permission', { value: { has: yes } }));
    tried(() => delete process.permission);
    return fs.readFileSync(`${D}/secret`);
  },
  'its prototype replaced': ({ D }) => {
    tried(() => Object.setPrototypeOf(process.permission, { has: yes, check: yes }));
    return fs.readFileSync(`${D}/secret`);
  },
});
