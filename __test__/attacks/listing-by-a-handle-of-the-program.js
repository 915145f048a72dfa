'use strict';
// `fs.Dir` takes any object for its handle. A recursive listing opens by itself each folder that
// the handle tells of, in a folder that the program names. permit asks about each of these folders
// too.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead ${D}
// Control: --allow-fs-read=${D}
// Node: <26 for an entry of the program: from 26 on this function is private
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

/** A listing of the folder above, by a handle that says that the denied folder is in it. */
const listing = ({ ROOT }) => {
  const parts = [['denied', fs.constants.UV_DIRENT_DIR], null];
  const answer = (value, request) => (request?.oncomplete ? request.oncomplete(null, value) : value);
  const handle = {
    read: (encoding, size, request) => answer(parts.shift() ?? null, request),
    close: (request) => answer(undefined, request),
  };
  return new fs.Dir(handle, ROOT, { recursive: true });
};
const names = (directory) => {
  const found = [];
  for (let entry = directory.readSync(); entry; entry = directory.readSync()) found.push(entry.name);
  return found.join(' ');
};
/** The names in the folder that an entry names; a real listing is to open that. */
const below = ({ A }, entry) => {
  const directory = fs.opendirSync(A, { recursive: true });
  directory.readSyncRecursive(entry);
  return names(directory);
};

attempt({
  readSync: (place) => names(listing(place)),
  read: async (place) => {
    const [directory, found] = [listing(place), []];
    for (let entry = await directory.read(); entry; entry = await directory.read()) found.push(entry.name);
    return found.join(' ');
  },
  'read with a callback': (place) => new Promise((resolve, reject) => {
    const [directory, found] = [listing(place), []];
    const next = () => directory.read((error, entry) => {
      if (error) return reject(error);
      if (!entry) return resolve(found.join(' '));
      found.push(entry.name);
      return next();
    });
    next();
  }),
  'a loop': async (place) => {
    const found = [];
    for await (const { name } of listing(place)) found.push(name);
    return found.join(' ');
  },
  'an entry of the program': (place) => below(place, { path: place.ROOT, parentPath: place.ROOT, name: 'denied' }),
});
