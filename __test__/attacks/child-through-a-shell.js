'use strict';
// A program that clears the environment starts Node free: `env -i`, a shell, a script. Here a list of programs covers what is
// on it and no shell that is not, so that granting Node grants none of these.
// Policy: --allow-fs-read=${A} --allow-child-process=/no/such/program
// Takes: the secret
// Refused: ChildProcess /bin/sh
// Refused: ChildProcess /usr/bin/env
// Refused: ChildProcess env
// Refused: ChildProcess cat
// Refused: ChildProcess bash
// Control: --allow-child-process
const attempt = require('../helpers/attempt.js');
const childProcess = require('node:child_process');

const told = (out) => String(out);

attempt({
  'execSync of a shell': ({ D }) => told(childProcess.execSync(`env -i cat ${D}/secret`)),
  exec: ({ D }) => attempt.called((done) => childProcess.exec(`cat ${D}/secret`, done)),
  'execFileSync with a shell': ({ D }) => told(childProcess.execFileSync('cat', [`${D}/secret`], { shell: true })),
  'execFileSync with another shell': ({ D }) => told(childProcess.execFileSync('cat', [`${D}/secret`], { shell: 'bash' })),
  'env -i': ({ D }) => told(childProcess.execFileSync('/usr/bin/env', ['-i', '/bin/cat', `${D}/secret`])),
  'env -i by its name': ({ D }) => told(childProcess.execFileSync('env', ['-i', '/bin/cat', `${D}/secret`])),
  'another program': ({ D }) => told(childProcess.execFileSync('cat', [`${D}/secret`])),
  'spawnSync, its status ignored': ({ D }) => {
    const { error, stdout } = childProcess.spawnSync('cat', [`${D}/secret`]);
    if (error) throw error;
    return told(stdout);
  },
  spawn: ({ D }) => attempt.event(childProcess.spawn('cat', [`${D}/secret`]).stdout, 'data'),
});
