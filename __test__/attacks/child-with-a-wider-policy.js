'use strict';
// A child reads its policy from variables that its parent may write. Here what it inherits is a ceiling, sealed by its hash:
// a policy of its own only takes away, and one that was changed on the way does not start.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Given: file ${A}/wide.json holding {"permission":{"allow-fs-read":["*"],"allow-child-process":true}}
// Given: file ${A}/node.config.json holding {"permission":{"allow-fs-read":["*"],"allow-child-process":true}}
const attempt = require('../helpers/attempt.js');
const { execFileSync } = require('node:child_process');

const run = (place, env, options) => attempt.heard(execFileSync(
  process.execPath,
  ['-e', attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place)],
  { env: { ...process.env, ...env }, ...options },
));

attempt({
  PERMIT_OPTIONS: (place) => run(place, { PERMIT_OPTIONS: '--allow-fs-read=*' }),
  PERMIT_CONFIG: (place) => run(place, { PERMIT_CONFIG: `${place.A}/wide.json` }),
  'node.config.json where it starts': (place) => run(place, { PERMIT_OPTIONS: undefined }, { cwd: place.A }),
  'NODE_OPTIONS': (place) => run(place, { NODE_OPTIONS: '--no-warnings' }),
  'PERMIT_OPTIONS of the process': (place) => {
    const kept = process.env.PERMIT_OPTIONS;
    process.env.PERMIT_OPTIONS = '--allow-fs-read=*';
    try {
      return run(place, {});
    } finally {
      if (kept === undefined) delete process.env.PERMIT_OPTIONS;
      else process.env.PERMIT_OPTIONS = kept;
    }
  },
});
