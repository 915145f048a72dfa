'use strict';
// Some programs, such as busybox, do what their first argument (`argv0`) says. The caller chooses
// that argument. Under a list of programs permit takes only the program's own name.
// Policy: --allow-fs-read=${A} --allow-child-process=/bin/bash
// Takes: an answer
// Refused: ChildProcess as-another
// Control: --allow-child-process
const attempt = require('../helpers/attempt.js');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');

// bash prints the name under which it was called.
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
