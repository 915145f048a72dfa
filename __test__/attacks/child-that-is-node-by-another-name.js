'use strict';
// A Node executable stays Node under any name: behind a link, as a copy, as the interpreter of a
// script, in the text of a shell. A check of the name `node` would let the same options through
// under every other name.
// Policy: --allow-fs-read=${A} --allow-fs-read=${NODE} --allow-fs-write=${A} --allow-child-process
// Given: link ${A}/tool to ${NODE}
// Given: link ${A}/nodejs to tool
// Takes: a change of ${D}
// Refused: ChildProcess --build-snapshot
// Refused: ChildProcess --watch
// Control: none: a held program can give these to no child, whatever is granted
const attempt = require('../helpers/attempt.js');
const { execSync, spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { join } = require('node:path');

const entry = ({ A, D }) => {
  const path = join(A, 'entry.js');
  fs.writeFileSync(path, `require('fs').writeFileSync(${JSON.stringify(`${D}/made`)}, '');`);
  return path;
};
const build = (place, file, options) => {
  const { error, stderr } = spawnSync(file, ['--build-snapshot', entry(place)], { encoding: 'utf8', cwd: place.A, ...options });
  if (error) throw error;
  return stderr;
};
attempt({
  'a link': (place) => build(place, join(place.A, 'tool')),
  'a link to a link': (place) => build(place, join(place.A, 'nodejs')),
  'a link that PATH leads to': (place) => build(place, 'nodejs', { env: { ...process.env, PATH: place.A } }),
  'a path that the working directory leads to': (place) => build(place, './tool'),
  'a copy': (place) => {
    const path = join(place.A, 'copy');
    fs.copyFileSync(process.execPath, path);
    try {
      return build(place, path);
    } finally {
      fs.rmSync(path);
    }
  },
  'the text of a shell': (place) => execSync(`cd ${place.A}; "${process.execPath}" --build-snapshot "${entry(place)}"`, { stdio: 'pipe' }).toString() || 'built',
  'argv0': (place) => build(place, process.execPath, { argv0: 'git' }),
  'one that watches': (place) => {
    // The process that watches loads no preloads.
    const child = spawn(join(place.A, 'tool'), ['--watch', '--report-on-signal', '--report-signal=SIGUSR2', `--report-dir=${place.D}`, entry({ ...place, D: place.A })], { stdio: 'ignore' });
    setTimeout(() => child.kill('SIGUSR2'), 500);
    setTimeout(() => child.kill('SIGKILL'), 1500);
    return attempt.event(child, 'close');
  },
});
