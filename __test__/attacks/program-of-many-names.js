'use strict';
// A program of many names, as busybox or git, does what its first argument says, and that is the caller's to choose. Under a
// list of programs it is the name of the program.
// Policy: --allow-fs-read=${A} --allow-child-process=/bin/bash
// Takes: an answer
// Refused: ChildProcess as-another
// Control: --allow-child-process
const attempt = require('../helpers/attempt.js');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');

// What it was called as is what bash says of itself.
const asked = ['-c', 'echo "$0"'];
const answer = (text) => (String(text).includes('as-another') ? 'an answer' : undefined);

attempt({
  spawnSync: () => {
    const { stdout, error } = spawnSync('/bin/bash', asked, { argv0: 'as-another' });
    if (error) throw error;
    return answer(stdout);
  },
  spawn: async () => answer((await once(spawn('/bin/bash', asked, { argv0: 'as-another' }).stdout, 'data'))[0]),
  execFileSync: () => answer(execFileSync('/bin/bash', asked, { argv0: 'as-another' })),
});
