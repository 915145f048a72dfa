'use strict';
// An asynchronous call opens its file on another thread, later: a working directory that changes in between changes what a
// relative path means. Here the path is absolute from the moment it was asked about.
// Policy: --allow-fs-read=${ROOT} --deny-fs-read=${D}/secret
// Takes: the secret
// Refused: ERR_READ_THE_OTHER
// Control: none: also what is granted is read where the call was made, as the refusal below says
// Given: file ${A}/secret holding granted
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const given = (text) => {
  if (String(text).startsWith('granted')) throw Object.assign(new Error(), { code: 'ERR_READ_THE_OTHER' });
  return text;
};

attempt({
  'fs.promises.readFile': async ({ A, D }) => {
    // Bare Node opens whichever is the working directory by then: many tries, and the first that leads over is enough.
    for (let tries = 0; tries < 400; tries += 1) {
      process.chdir(A);
      const reading = fs.promises.readFile('secret', 'utf8');
      process.chdir(D);
      const text = await reading;
      if (!text.startsWith('granted')) return text;
    }
    return given('granted');
  },
  'fs.readFile': async ({ A, D }) => {
    for (let tries = 0; tries < 400; tries += 1) {
      process.chdir(A);
      const reading = attempt.called((done) => fs.readFile('secret', 'utf8', done));
      process.chdir(D);
      const text = await reading;
      if (!text.startsWith('granted')) return text;
    }
    return given('granted');
  },
});
