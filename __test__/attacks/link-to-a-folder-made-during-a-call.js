'use strict';
// A call that waits looks its path up again when it runs. Meanwhile the program moves a folder of the
// path away, or makes one that was missing, and puts a link there. The link leads to a folder that it
// may read and write, but a name below that folder is denied, or is a link that leads out. permit
// gives a folder no second name by which more of it could be used.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Policy: --deny-fs-read=${A}/kept${N} --deny-fs-write=${A}/kept${N}
// Takes: the secret
// Refused: FileSystemRead
// Control: only --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: folder ${A}/x${N}
// Given: link ${A}/x${N}/out to ${D}
// Given: folder ${A}/kept${N}
// Given: link ${A}/kept${N}/sub to ${D}
const attempt = require('../helpers/attempt.js');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Keeps the threads of libuv busy. */
const wait = () => {
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 200_000, 32, 'sha256', () => {});
};

/** A folder of the program's own, with a file under this name in it. */
const own = ({ A, N }, name) => {
  const folder = `${A}/own${N}`;
  fs.mkdirSync(`${folder}/${name.replace(/\/[^/]*$/, '')}`, { recursive: true });
  fs.writeFileSync(`${folder}/${name}`, 'its own');
  return folder;
};

/** Reads a name in the program's own folder, and puts a link in the place of the folder meanwhile. */
const exchanged = (place, name, to, read) => {
  const folder = own(place, name);
  wait();
  const reading = read(`${folder}/${name}`);
  reading.catch(() => {});
  fs.renameSync(folder, `${folder}.old`);
  fs.symlinkSync(to, folder);
  return reading;
};

/** Reads a name in a folder that is missing, and puts a link there meanwhile. */
const made = ({ A, N }, name, to) => {
  const folder = `${A}/missing${N}`;
  wait();
  const reading = fs.promises.readFile(`${folder}/${name}`, 'utf8');
  reading.catch(() => {});
  fs.symlinkSync(to, folder);
  return reading;
};

const readFile = (path) => fs.promises.readFile(path, 'utf8');
const opened = (path) => attempt.called((done) => fs.readFile(path, 'utf8', done));

attempt({
  'a link below, exchanged': (place) => exchanged(place, 'out/secret', `${place.A}/x${place.N}`, readFile),
  'a link below, exchanged, by a callback': (place) => exchanged(place, 'out/secret', `${place.A}/x${place.N}`, opened),
  'a link below, made': (place) => made(place, 'out/secret', `${place.A}/x${place.N}`),
  'a link below, by a relative link': (place) => made(place, 'out/secret', `x${place.N}`),
  'a link below a link': (place) => {
    const { A, N } = place;
    fs.mkdirSync(`${A}/far${N}`);
    fs.symlinkSync(`${A}/x${N}`, `${A}/far${N}/near`);
    return made(place, 'near/out/secret', `${A}/far${N}`);
  },
  'a denied name, made': (place) => made(place, `kept${place.N}/sub/secret`, place.A),
  'a denied name, exchanged': (place) => exchanged(place, `kept${place.N}/sub/secret`, place.A, readFile),
});
