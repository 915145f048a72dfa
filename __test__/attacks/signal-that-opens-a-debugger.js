'use strict';
// A Node that gets SIGUSR1 opens its debugger, and what is evaluated there no policy holds. permit closes that door in each
// process that it holds once it runs there. Without --allow-inspector the signal goes to no Node process at all: not to a
// child that still starts, and not to one that nobody holds.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: an answer
// Refused: Inspector
// Control: --allow-inspector
const attempt = require('../helpers/attempt.js');
const { spawn } = require('node:child_process');

const ARGS = ['--inspect-port=0', '-e', "console.log('ready'); setTimeout(() => {}, 3000)"];

/** What a child says of its debugger after the signal was sent to it. */
const opened = (send, options) => new Promise((resolve, reject) => {
  const child = spawn(process.execPath, ARGS, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let told = '';
  child.stderr.on('data', (part) => {
    told += part;
    if (told.includes('listening')) child.kill('SIGKILL');
  });
  child.stdout.on('data', () => {
    try {
      send(child);
    } catch (error) {
      child.kill('SIGKILL');
      reject(error);
    }
  });
  child.on('close', () => (told.includes('listening') ? resolve(told) : reject(Object.assign(new Error(told), { code: 'ERR_STAYED_CLOSED' }))));
});

attempt({
  'child.kill': () => opened((child) => child.kill('SIGUSR1')),
  'child.kill with a number': () => opened((child) => child.kill(10)),
  'process.kill': () => opened((child) => process.kill(child.pid, 'SIGUSR1')),
  'process.kill of a string': () => opened((child) => process.kill(String(child.pid), 'SIGUSR1')),
  'process.kill of a group': () => opened((child) => process.kill(-child.pid, 'SIGUSR1'), { detached: true }),
  'process._kill of objects': () => opened((child) => process._kill({ valueOf: () => child.pid }, { valueOf: () => 10 })),
  'the raw handle': () => opened((child) => child._handle.kill(10)),
});
