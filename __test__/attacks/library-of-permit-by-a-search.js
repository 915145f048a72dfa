'use strict';
// permit's JavaScript loads a native library. Options and variables of a child or a worker change
// where Node searches for packages, and `--no-addons` disables the library. A package of the
// program then took its place. permit loads the library by its absolute path, or does not start.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process=${NODE} --allow-worker
// Takes: the secret
// Refused: ERR_NOT_STARTED
// Control: none: there is one library
const attempt = require('../helpers/attempt.js');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

/** Packages under each name that permit's library can have, which do what permit does not let the program do. */
const planted = (folder, { D }) => {
  for (const end of ['gnu', 'musl']) {
    const package_ = join(folder, '@org', `permit-linux-${process.arch}-${end}`);
    fs.mkdirSync(package_, { recursive: true });
    const said = `JSON.stringify({ got: require('fs').readFileSync(${JSON.stringify(`${D}/secret`)}, 'utf8') })`;
    fs.writeFileSync(join(package_, 'index.js'), `
      const { parentPort } = require('worker_threads');
      module.exports = { install() {
        const said = ${said};
        if (parentPort) parentPort.postMessage(JSON.parse(said)); else require('fs').writeSync(1, said);
        return {};
      } };`);
  }
  return folder;
};
// Without its library permit does not start.
const silent = (error) => { throw error.code === 'SILENT' ? Object.assign(error, { code: 'ERR_NOT_STARTED' }) : error; };
const child = async (args, env) => attempt.heard(spawnSync(process.execPath, [...args, '-e', '1'], { encoding: 'utf8', env }).stdout);
const worker = (place, options) => attempt.thread(new Worker('1', { eval: true, ...options }));

// Without permit the search has to be made by hand: what it would find is what matters.
const bare = process.permission === undefined;
const load = (place, folder) => {
  const { createRequire } = require('node:module');
  createRequire(join(folder, 'x'))(join(folder, '@org', `permit-linux-${process.arch}-musl`));
  return fs.readFileSync(`${place.D}/secret`);
};
const tried = (where, way) => (place) => {
  const folder = planted(join(place.A, where), place);
  return bare ? load(place, folder) : way(place, folder).catch(silent);
};

attempt({
  'NODE_PATH of a child': tried('packages', (place, folder) => child(['--no-addons'], { NODE_PATH: folder })),
  'HOME of a child': tried('.node_modules', (place) => child([], { HOME: place.A, NODE_OPTIONS: '--no-addons' })),
  'NODE_PATH of a worker': tried('packages', (place, folder) => worker(place, { execArgv: ['--no-addons'], env: { NODE_PATH: folder } })),
});
