// A preload that puts permit's own trampoline before four functions of the binding, with a guard
// that reads the path and decides nothing. The variable FLOOR names the addon, FLOOR_AS how it
// reads.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { runInThisContext } = require('node:vm');

const script = readFileSync(join(__dirname, '..', '..', '..', 'src', 'hooks', 'trampoline.js'), 'utf8');
const { make } = runInThisContext(script)(Reflect.apply, Reflect.ownKeys, Object.defineProperty);
const ask = require(process.env.FLOOR)[process.env.FLOOR_AS];
const binding = process.binding('fs');
for (const name of ['stat', 'existsSync', 'access', 'readFileUtf8']) {
  if (binding[name] !== undefined) binding[name] = make(ask, binding[name]);
}
