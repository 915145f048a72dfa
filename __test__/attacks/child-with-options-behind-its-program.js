'use strict';
// Node finds some options among the words of the program, too: files of settings, and `--env-file`
// if another one stands before the program. A reader of options that stops at the program misses
// them. `--watch` loads no preloads, and passes the words behind `--` on to a child as options.
// permit looks for such options among all words of a Node child, and lets no child watch.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process
// Takes: the secret
// Takes: a change of ${D}
// Refused: ChildProcess
// Node: >=22 for a file of settings, the default file of settings: Node 20 has none
// Node: >=24 for settings of the test runner: Node 20 and 22 read none from a file
// Node: <26 for a file of settings, the default file of settings: Node 26 takes none there
// Node: <26 for settings of the test runner: Node 26 takes no file of settings there
// Node: >=22 for --watch -- --run: Node 20 runs no scripts of a package
// Started: --env-file=/dev/null
// Control: none: a held program can give these to no child, whatever is granted
const attempt = require('../helpers/attempt.js');
const { execFileSync, spawn } = require('node:child_process');
const { chmodSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const file = ({ A }, name, content) => {
  writeFileSync(join(A, name), content);
  return join(A, name);
};
const writer = (place) => {
  const made = JSON.stringify(`${place.D}/made`);
  return file(place, 'writer.js', `require('fs').writeFileSync(${made}, '');`);
};
const run = ({ A }, program, ...args) => {
  return execFileSync(program, args, { cwd: A, encoding: 'utf8', stdio: 'pipe' }) || 'done';
};
const start = (place, ...args) => run(place, process.execPath, ...args);
const hidden = ({ D }) => `--env-file=${D}/secret.env`;
// The operator gave this one.
const GIVEN = '--env-file=/dev/null';
const PRINT = 'console.log(process.env.SECRET)';
/** Has Node watch with these words, and ends it. */
const watch = ({ A }, ...words) => {
  const child = spawn(process.execPath, ['--watch', '--', ...words], { cwd: A, stdio: 'ignore' });
  setTimeout(() => child.kill('SIGKILL'), 2000);
  return attempt.event(child, 'close');
};

attempt({
  '--env-file behind a word': (place) => start(place, GIVEN, '-e', PRINT, 'x', hidden(place)),
  '--env-file behind a file': (place) => {
    return start(place, GIVEN, file(place, 'print.js', PRINT), hidden(place));
  },
  '--env-file behind a script': (place) => {
    const script = file(place, 'script', `#!${process.execPath} ${GIVEN}\n${PRINT}`);
    chmodSync(script, 0o755);
    return run(place, script, hidden(place));
  },
  'a file of settings': (place) => {
    const nodeOptions = { require: [writer(place)] };
    const settings = file(place, 'x.json', JSON.stringify({ nodeOptions }));
    return start(place, '-e', '0', 'x', `--experimental-config-file=${settings}`);
  },
  'the default file of settings': (place) => {
    file(place, 'node.config.json', JSON.stringify({ nodeOptions: { require: [writer(place)] } }));
    return start(place, '-e', '0', 'x', '--experimental-default-config-file');
  },
  'settings of the test runner': (place) => {
    const test = { 'test-isolation': 'none', 'test-global-setup': writer(place) };
    const settings = file(place, 'x.json', JSON.stringify({ test }));
    const tested = file(place, 'a.test.js', '');
    return start(place, '--test', tested, `--experimental-config-file=${settings}`);
  },
  '--watch -- --build-snapshot': (place) => watch(place, '--build-snapshot', writer(place)),
  '--watch -- --run': (place) => {
    file(place, 'package.json', JSON.stringify({ scripts: { s: `touch ${place.D}/made` } }));
    return watch(place, '--run', 's');
  },
  '+ --env-file of the operator': (place) => start(place, GIVEN, '-e', '0'),
});
