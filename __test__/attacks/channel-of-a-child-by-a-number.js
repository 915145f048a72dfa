'use strict';
// Node opens the descriptor that NODE_CHANNEL_FD names before it loads permit, and reads and writes
// messages there. The number may be that of a pipe of the event loop, which then reads these bytes
// as pointers. permit hands the variable on only with a pipe that is made for the child. The ways
// here name standard input, which does no harm.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: an answer
// Refused: ERR_NO_CHANNEL
// Node: >=22 for process.execve: Node 20 has none
// Control: none: a program names no channel by its number, whatever is granted
const attempt = require('../helpers/attempt.js');
const childProcess = require('node:child_process');

const env = { ...process.env, NODE_CHANNEL_FD: '0' };
const PROGRAM = 'require("fs").writeSync(1, typeof process.send); process.exit()';
const args = ['-e', PROGRAM];
const options = { env, stdio: ['inherit', 'pipe', 'inherit'] };
const judge = (said) => {
  if (String(said) === 'function') return 'a channel';
  const code = String(said) === 'undefined' ? 'ERR_NO_CHANNEL' : 'ERR_NO_ANSWER';
  throw Object.assign(new Error(String(said)), { code });
};
const read = async (child) => {
  let said = '';
  child.stdout.on('data', (part) => { said += part; });
  await attempt.event(child, 'close');
  return said;
};

attempt({
  spawnSync: () => judge(childProcess.spawnSync(process.execPath, args, options).stdout),
  spawn: async () => judge(await read(childProcess.spawn(process.execPath, args, options))),
  'the handle, with the variable twice': async () => {
    const child = new childProcess.ChildProcess();
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const envPairs = ['NODE_CHANNEL_FD=0', ...pairs];
    child.spawn({ ...options, file: process.execPath, args: ['node', ...args], envPairs });
    return judge(await read(child));
  },
  'process.env': () => {
    process.env.NODE_CHANNEL_FD = '0';
    try {
      return judge(childProcess.execFileSync(process.execPath, args, { stdio: options.stdio }));
    } finally {
      delete process.env.NODE_CHANNEL_FD;
    }
  },
  'process.execve': () => {
    const words = JSON.stringify(['node', ...args]);
    const program = `const env = { ...process.env, NODE_CHANNEL_FD: '0' };
      process.execve(process.execPath, ${words}, env);`;
    const { stdio } = options;
    return judge(childProcess.spawnSync(process.execPath, ['-e', program], { stdio }).stdout);
  },
  '+ a channel that Node makes': async () => {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'];
    const child = childProcess.spawn(process.execPath, ['-e', 'process.send("got")'], { stdio });
    return attempt.event(child, 'message');
  },
});
