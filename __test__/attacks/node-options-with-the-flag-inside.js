'use strict';
// Without a number: until Node 22, 24.18 and 26.4 a child got no flags of the model if `--permission` stood anywhere in its
// NODE_OPTIONS, as in `--title=--permission`. Here permit looks for itself in no text: it puts itself first, always.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const { execFileSync, execSync } = require('node:child_process');

const run = (place, NODE_OPTIONS, args = []) => attempt.heard(execFileSync(
  process.execPath,
  ['-e', attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place), ...args],
  { env: { ...process.env, NODE_OPTIONS }, stdio: ['ignore', 'pipe', 'ignore'] },
));

attempt({
  '--title=--permission': (place) => run(place, '--title=--permission'),
  '--permission after the program': (place) => run(place, '', ['--', '--permission']),
  'the name of the preload in a title': (place) => run(place, `--title=-r@${place.PERMIT}/index.js`),
  'the name of the preload in quotes': (place) => run(place, `--title="-r ${place.PERMIT}/index.js"`),
  'a quote that ends nowhere inside': (place) => run(place, '--title="a \\" b"'),
  'spaces only': (place) => run(place, '   '),
  'by a shell': (place) => {
    process.env.ATTACK = attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);
    return attempt.heard(execSync(`"${process.execPath}" --title=--permission -e "$ATTACK"`));
  },
});
