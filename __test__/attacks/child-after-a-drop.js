'use strict';
// Under Node 26.10 a Node child has back all that its parent gave up by `drop()`. Here it inherits the policy as it stands
// when it is started, drops included.
// Policy: --allow-fs-read=${A} --allow-fs-read=${D} --allow-child-process
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: without the drop
const attempt = require('../helpers/attempt.js');
const { execFileSync, fork, spawnSync } = require('node:child_process');

const program = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);
const dropped = (place, call) => {
  place.drop('fs.read', place.D);
  return call(program(place));
};

attempt({
  execFileSync: (place) => dropped(place, (text) => attempt.heard(execFileSync(process.execPath, ['-e', text]))),
  'spawnSync with env: {}': (place) => dropped(place, (text) => attempt.heard(spawnSync(process.execPath, ['-e', text], { env: {} }).stdout)),
  fork: (place) => dropped(place, async () => {
    const child = fork(require.resolve('../helpers/attempt.js'), { execArgv: ['-e', `${program(place).replace('fs.writeSync(1,', 'process.send(')
      .replace(" + '\\n'", '')}`], silent: true });
    return attempt.heard(await attempt.event(child, 'message'));
  }),
});
