'use strict';
// Before Node 20.5 `spawnSync` asked nobody. Here every way to a new program ends in three functions of Node's, and each of
// them asks, so that sync, callback, `fork`, `cluster` and the raw handle are refused alike.
// Policy: --allow-fs-read=${A} --allow-fs-write=${D}
// Takes: a change of ${D}
// Refused: ChildProcess touch
// Refused: ChildProcess /bin/sh
// Refused: ChildProcess *
// Control: --allow-child-process
const attempt = require('../helpers/attempt.js');
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const { promisify } = require('node:util');

const made = ({ D }) => `${D}/made`;
const touch = (place) => `require('fs').writeFileSync(${JSON.stringify(made(place))}, ''); process.exit()`;

attempt({
  spawnSync: (place) => {
    const { error } = childProcess.spawnSync('touch', [made(place)]);
    if (error) throw error;
  },
  execFileSync: (place) => childProcess.execFileSync('touch', [made(place)]),
  execSync: (place) => childProcess.execSync(`touch ${made(place)}`),
  spawn: (place) => attempt.event(childProcess.spawn('touch', [made(place)]), 'close'),
  'spawn, detached': (place) => attempt.event(childProcess.spawn('touch', [made(place)], { detached: true, stdio: 'ignore' }), 'close'),
  exec: (place) => attempt.called((done) => childProcess.exec(`touch ${made(place)}`, done)),
  'promisify(exec)': (place) => promisify(childProcess.exec)(`touch ${made(place)}`),
  execFile: (place) => attempt.called((done) => childProcess.execFile('touch', [made(place)], done)),
  fork: (place) => attempt.event(childProcess.fork(require.resolve('../helpers/attempt.js'), { execArgv: ['-e', touch(place)], silent: true }), 'exit'),
  'cluster.fork': (place) => {
    cluster.setupPrimary({ exec: require.resolve('../helpers/attempt.js'), execArgv: ['-e', touch(place)], silent: true });
    return attempt.event(cluster.fork(), 'exit');
  },
  'ChildProcess.spawn': (place) => {
    const child = new childProcess.ChildProcess();
    child.spawn({ file: 'touch', args: ['touch', made(place)], envPairs: [`PATH=${process.env.PATH}`], stdio: 'ignore' });
    return attempt.event(child, 'exit');
  },
  'the raw handle': (place) => {
    // What Node itself hands to the handle, handed to another one.
    const child = new childProcess.ChildProcess();
    let given;
    child._handle.spawn = (...args) => {
      given = args;
      return -2;
    };
    child.on('error', () => {}).spawn({ file: 'touch', args: ['touch', made(place)], envPairs: [`PATH=${process.env.PATH}`], stdio: 'ignore' });
    const raw = new (new childProcess.ChildProcess()._handle.constructor)();
    const result = raw.spawn(...given);
    if (result instanceof Error) throw result;
    return new Promise((resolve) => { raw.onexit = resolve; setTimeout(resolve, 200); });
  },
});
