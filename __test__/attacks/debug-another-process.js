'use strict';
// `process._debugProcess` opens the inspector of any process of the same user, also from one that has no grant at all. Here it
// does nothing without --allow-inspector; nor does the signal that it sends, in this process.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: Inspector process._debugProcess
// Refused: ERR_STAYED_CLOSED
// Control: --allow-inspector
// Alone: an inspector that is open stays open
// Started: --inspect-port=0
const attempt = require('../helpers/attempt.js');
const inspector = require('node:inspector');

const opened = async (call) => {
  call();
  for (let tries = 0; tries < 20 && !inspector.url(); tries += 1) await new Promise((resolve) => { setTimeout(resolve, 10); });
  if (!inspector.url()) throw Object.assign(new Error(), { code: 'ERR_STAYED_CLOSED' });
  return inspector.url();
};

attempt({
  'process._debugProcess': () => opened(() => process._debugProcess(process.pid)),
  'the signal SIGUSR1': () => opened(() => process.kill(process.pid, 'SIGUSR1')),
});
