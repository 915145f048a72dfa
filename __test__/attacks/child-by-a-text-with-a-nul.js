'use strict';
// The system reads a text up to a NUL. The handle below a child takes such texts, and a check that
// reads on sees another one: a PATH in which the interpreter of a script is the operator's, or a
// path that leads back to a program of the list. permit starts nothing with a NUL in its texts.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process=${A}/tool
// Takes: the secret
// Refused: FileSystem
// Given: file ${A}/tool holding #!/usr/bin/env sh\necho of the operator\n
// Control: none: what such a text names cannot be granted
const attempt = require('../helpers/attempt.js');
const { ChildProcess } = require('node:child_process');
const { chmodSync, mkdirSync, writeFileSync } = require('node:fs');

/** Starts a child by its handle. A folder has a `sh` and a `tool` that tell the secret. */
const spawn = ({ A, D }, options) => new Promise((resolve, reject) => {
  chmodSync(`${A}/tool`, 0o755);
  mkdirSync(`${A}/bin`);
  for (const name of ['sh', 'tool']) {
    writeFileSync(`${A}/bin/${name}`, `#!/bin/sh\n/bin/cat ${D}/secret\n`, { mode: 0o755 });
  }
  const child = new ChildProcess();
  const envPairs = [`PATH=${process.env.PATH}`];
  const usual = { file: `${A}/tool`, args: ['tool'], envPairs, stdio: 'pipe' };
  const failed = child.spawn({ ...usual, ...options });
  if (failed) return reject(new Error(String(failed)));
  let said = '';
  child.stdout.on('data', (part) => { said += part; });
  return child.on('error', reject).on('close', () => resolve(said));
});

attempt({
  PATH: (place) => spawn(place, { envPairs: [`PATH=${place.A}/bin\0:${process.env.PATH}`] }),
  'the working directory': (place) => spawn(place, { cwd: `${place.A}/bin\0/..`, file: './tool' }),
  'the program': (place) => spawn(place, { file: `${place.A}/bin/tool\0/../../tool` }),
  '+ the program without one': (place) => spawn(place, {}),
});
