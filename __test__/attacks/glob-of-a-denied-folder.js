'use strict';
// `fs.glob` of a folder that may not be read: it lists folders by functions of its own. Here it sees nothing there, as under
// Node 26.10, which lets it find nothing rather than throw; and no name of the folder comes out.
// Policy: --allow-fs-read=${A}
// Takes: the secret
// Refused: silently
// Control: --allow-fs-read=*
// Node: >=22: Node 20 has no fs.glob
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const all = async (names) => {
  const found = [];
  for await (const name of names) found.push(typeof name === 'string' ? name : name.name);
  return found;
};

attempt({
  'fs.globSync': ({ D }) => fs.globSync('*', { cwd: D }),
  'fs.globSync below': ({ ROOT }) => fs.globSync('**', { cwd: ROOT }),
  'fs.globSync with dots': ({ A }) => fs.globSync('../denied/*', { cwd: A }),
  'fs.glob': ({ D }) => attempt.called((done) => fs.glob('*', { cwd: D }, done)),
  'fs.promises.glob': ({ D }) => all(fs.promises.glob('*', { cwd: D })),
  'fs.promises.glob with types': ({ D }) => all(fs.promises.glob('*', { cwd: D, withFileTypes: true })),
});
