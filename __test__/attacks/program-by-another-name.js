'use strict';
// No hole of Node's, which knows no list of programs: another program is put under the name of one that is granted, by the
// PATH of the child, by that of the process, or by moving a link. Here a program is what its name led to when the process
// started, and the one that was found is the one that is started.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process=cat --allow-child-process=${A}/tool
// Policy: --allow-fs-read=/usr/bin/touch
// Takes: a change of ${D}
// Refused: ChildProcess cat
// Refused: ChildProcess ${A}/tool
// Refused: ChildProcess ./tool
// Control: --allow-child-process
// Given: folder ${A}/bin
// Given: link ${A}/bin/cat to /usr/bin/touch
// Given: link ${A}/tool to /bin/cat
// Given: folder ${A}/own
// Given: link ${A}/other to own/touch
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

const start = (file, place, options) => {
  const { error, status } = spawnSync(file, [`${place.D}/made`], options);
  if (error) throw error;
  return `ended with ${status}`;
};

/** Puts a link to another program, which may be read and written, under the name of one that is granted. */
const move = ({ A }) => {
  fs.copyFileSync('/usr/bin/touch', `${A}/own/touch`);
  fs.renameSync(`${A}/other`, `${A}/tool`);
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
    move(place);
    return start(`${place.A}/tool`, place);
  },
  'a link that is moved, by a relative path': (place) => {
    move(place);
    return start('./tool', place, { cwd: place.A });
  },
  '+ the program that it was': (place) => spawnSync('cat', [`${place.A}/file`], { encoding: 'utf8' }).stdout,
});
