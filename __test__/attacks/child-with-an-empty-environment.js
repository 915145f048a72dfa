'use strict';
// A Node child is held by what stands in its environment, which its parent writes. Here the variables that hold it are put
// in last, below every API, whatever the parent left out, emptied or wrote twice.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Control: --allow-fs-read=${D}
const attempt = require('../helpers/attempt.js');
const childProcess = require('node:child_process');

const program = (place) => attempt.program("fs.readFileSync(place.D + '/secret', 'utf8')", place);
const run = (place, env, more) => attempt.heard(childProcess.execFileSync(process.execPath, ['-e', program(place)], { env, ...more }));
const spawned = (options, args) => new Promise((resolve, reject) => {
  const child = childProcess.spawn(process.execPath, args, options);
  let said = '';
  child.stdout.on('data', (part) => { said += part; });
  child.on('error', reject).on('close', () => resolve(said));
}).then(attempt.heard);

attempt({
  'env: {}': (place) => run(place, {}),
  'an empty NODE_OPTIONS': (place) => run(place, { ...process.env, NODE_OPTIONS: '' }),
  'no NODE_OPTIONS': (place) => {
    const { NODE_OPTIONS, ...rest } = process.env;
    void NODE_OPTIONS;
    return run(place, rest);
  },
  'variables that were taken away': (place) => run(place, { PERMIT_INHERITED: undefined, PERMIT_OPTIONS: undefined, NODE_OPTIONS: undefined }),
  'variables that are empty': (place) => run(place, { PERMIT_INHERITED: '', PERMIT_OPTIONS: '', PERMIT_CONFIG: undefined }),
  'process.env emptied': (place) => {
    const kept = { ...process.env };
    for (const name of Object.keys(process.env)) delete process.env[name];
    try {
      return run(place);
    } finally {
      Object.assign(process.env, kept);
    }
  },
  'spawn with env: {}': (place) => spawned({ env: {} }, ['-e', program(place)]),
  'spawn, the names twice': (place) => spawned({
    env: { NODE_OPTIONS: '', node_options: '', 'NODE_OPTIONS ': '' },
  }, ['-e', program(place)]),
  'another working directory': (place) => run(place, {}, { cwd: '/' }),
  'another name of the program': (place) => run(place, {}, { argv0: 'sh' }),
  'the raw handle': (place) => new Promise((resolve, reject) => {
    const child = new childProcess.ChildProcess();
    child.spawn({ file: process.execPath, args: ['node', '-e', program(place)], envPairs: ['NODE_OPTIONS=', 'NODE_OPTIONS='], stdio: 'pipe' });
    let said = '';
    child.stdout.on('data', (part) => { said += part; });
    child.on('error', reject).on('close', () => resolve(said));
  }).then(attempt.heard),
});
