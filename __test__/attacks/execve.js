'use strict';
// `process.execve` puts another program in the place of this one: under Node 26.10 a Node with an environment of its own is free.
// Here the new one inherits the policy, whatever its environment, and needs the grant of a child.
// Node publishes its arrays before it starts the program, and a subscriber changed them after the
// question. Node also copies the environment by `push`, and setters of the program changed the
// copy. permit hands its own arrays to native code.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
// Node: >=22: Node 20 has no process.execve
// Alone: nothing comes back
const attempt = require('../helpers/attempt.js');

const become = (place, name, env, flags = []) => process.execve(process.execPath, [process.execPath, ...flags, '-e', `
  const place = ${JSON.stringify(place)};
  try { console.log(JSON.stringify({ name: ${JSON.stringify(name)}, got: require('fs').readFileSync(place.D + '/secret', 'utf8') })); }
  catch ({ code, permission, resource }) { console.log(JSON.stringify({ name: ${JSON.stringify(name)}, code, permission, resource })); }`], env);

attempt({
  'an empty environment': (place) => become(place, 'an empty environment', {}),
  'an empty NODE_OPTIONS': (place) => become(place, 'an empty NODE_OPTIONS', { NODE_OPTIONS: '' }),
  'the environment as it is': (place) => become(place, 'the environment as it is'),
  'a subscriber that empties the environment': (place) => {
    require('node:diagnostics_channel').subscribe('process.execve', ({ env }) => { env.length = 0; });
    become(place, 'a subscriber that empties the environment', {});
  },
  'setters that swallow what is pushed': (place) => {
    const { prototype } = Array;
    for (let index = 0; index < 64; index++) {
      const keep = (value) => (/^(NODE_OPTIONS|PERMIT_)/.test(value) ? `SWALLOWED${index}=1` : value);
      Object.defineProperty(prototype, index, {
        configurable: true,
        set(value) { Object.defineProperty(this, index, { value: keep(value), writable: true, enumerable: true, configurable: true }); },
      });
    }
    become(place, 'setters that swallow what is pushed', {});
  },
  'a wider policy': (place) => become(place, 'a wider policy', { PERMIT_OPTIONS: '--allow-fs-read=* --allow-child-process' }),
});
