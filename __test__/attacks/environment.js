'use strict';
// No hole of Node's, which has no scope for the environment: a program that may see some variables looks for one that it may
// not see wherever the process, the kernel, a thread or a child could still have it, the memory of the process included.
// Here it is nowhere any more when the first line of the program runs.
// Policy: --allow-env=default --allow-fs-read=* --allow-child-process --allow-worker
// Takes: the secret
// Refused: FileSystemRead /proc/self/environ
// Refused: FileSystemRead /proc/thread-self/environ
// Refused: silently
// Control: --allow-env=*
// Given: variable SECRET_${N} holding the secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { execFileSync, spawnSync } = require('node:child_process');
const { SHARE_ENV, Worker } = require('node:worker_threads');
const vm = require('node:vm');

/** Every text of the memory of this process that begins as the variable does: it is spelled here in no way that stays in memory. */
const inMemory = (letters) => {
  const [fd, found] = [fs.openSync('/proc/self/mem'), []];
  const block = Buffer.alloc(1 << 20);
  for (const line of fs.readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [, from, to] = line.match(/^([0-9a-f]+)-([0-9a-f]+) rw.*\[stack\]/) ?? [];
    for (let at = parseInt(from, 16); at < parseInt(to, 16); at += block.length) {
      const read = fs.readSync(fd, block, 0, block.length, at);
      for (let start = 0; start < read; start += 1) {
        if (letters.every((letter, index) => block[start + index] === letter - 1)) found.push(block.toString('latin1', start, start + 40));
      }
    }
  }
  return found.join();
};

attempt({
  'process.env': ({ N }) => process.env[`SECRET_${N}`],
  'its entries': () => JSON.stringify(process.env),
  'a report': () => JSON.stringify(process.report.getReport().environmentVariables),
  '/proc/self/environ': () => fs.readFileSync('/proc/self/environ'),
  '/proc/thread-self/environ': () => fs.readFileSync('/proc/thread-self/environ'),
  'the memory of the process': () => inMemory([...'SECRET_'].map((letter) => letter.charCodeAt(0) + 1)),
  '/proc/<pid>/environ, read by a child': () => execFileSync('cat', [`/proc/${process.pid}/environ`]),
  'a shell': () => execFileSync('/bin/sh', ['-c', 'set']),
  'a child of Node': () => spawnSync(process.execPath, ['-p', 'JSON.stringify(process.env)']).stdout,
  'a child with a copy': () => spawnSync('env', { env: { ...process.env } }).stdout,
  'a thread': (place) => attempt.thread(new Worker(attempt.program('JSON.stringify(process.env)', place), { eval: true })),
  'a thread that shares it': (place) => attempt.thread(new Worker(attempt.program('JSON.stringify(process.env)', place), { eval: true, env: SHARE_ENV })),
  'another context': () => vm.runInNewContext('JSON.stringify(process.env)', { process }),
  '+ what it may see': () => process.env.PATH,
});
