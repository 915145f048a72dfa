'use strict';
// No hole of Node's, which knows no list of programs: another program is put under the name of one that is granted, by the
// PATH of the child, by that of the process, or by moving a link. Here a program is what its name led to when the process
// started, and the one that was found is the one that is started.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process=cat --allow-child-process=${A}/tool
// Takes: a change of ${D}
// Refused: ChildProcess cat
// Refused: ChildProcess ${A}/tool
// Refused: ChildProcess ./tool
// Control: --allow-child-process
// Given: folder ${A}/bin
// Given: link ${A}/bin/cat to /usr/bin/touch
// Given: link ${A}/tool to /bin/cat
// Given: link ${A}/other to /usr/bin/touch
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

const start = (file, place, options) => {
  const { error, status } = spawnSync(file, [`${place.D}/made`], options);
  if (error) throw error;
  return `ended with ${status}`;
};

attempt({
  'the PATH of the child': (place) => start('cat', place, { env: { PATH: `${place.A}/bin` } }),
  'the PATH of the process': (place) => {
    const { PATH } = process.env;
    process.env.PATH = `${place.A}/bin:${PATH}`;
    try {
      return start('cat', place);
    } finally {
      process.env.PATH = PATH;
    }
  },
  'an empty PATH and a working directory': (place) => start('cat', place, { env: { PATH: '' }, cwd: `${place.A}/bin` }),
  'a link that is moved': (place) => {
    fs.renameSync(`${place.A}/other`, `${place.A}/tool`);
    return start(`${place.A}/tool`, place);
  },
  'a link that is moved, by a relative path': (place) => {
    fs.renameSync(`${place.A}/other`, `${place.A}/tool`);
    return start('./tool', place, { cwd: place.A });
  },
  '+ the program that it was': (place) => spawnSync('cat', [`${place.A}/file`], { encoding: 'utf8' }).stdout,
});
