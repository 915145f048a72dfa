'use strict';
// Node's listener for the message that starts a worker stays on the port of the worker, and a program
// finds that port on `process.stdout`. Another message of the same type runs the start again, which sets
// the data of the thread and puts back what permit replaced. permit lets only the first such message
// pass.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: an answer
// Refused: ERR_DID_NOT_START
// Control: none: no grant has a thread start twice
// Node: <24 for a class that is put back: newer Nodes fail before they do that
// Started: --experimental-vm-modules
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** The message that Node sends to a new thread, with data of its own. */
const start = ({ MessageChannel }) => ({
  type: 'loadScript',
  doEval: 'classic',
  filename: '0',
  argv: ['sent'],
  mainThreadPort: new MessageChannel().port1,
  cwdCounter: new Uint32Array(new SharedArrayBuffer(4)),
  hasStdin: true,
  environmentData: new Map([['sent', 'by itself']]),
});
/** The port under a symbol of `process.stdout`. */
const portOfThread = () => {
  const { stdout } = process;
  const key = Object.getOwnPropertySymbols(stdout).find((name) => stdout[name]?.constructor?.name === 'MessagePort');
  return stdout[key];
};
/** Has a worker hand its own port such a message, and tells what became of the thread. */
const again = (send, got = "threads.getEnvironmentData('sent')") => {
  const program = attempt.program(`new Promise((resolve, reject) => {
    process.on('uncaughtException', () => {});
    const vm = require('vm'), port = (${portOfThread})(), message = (${start})(threads);
    const { SourceTextModule } = vm, { parentPort } = threads;
    vm.SourceTextModule = undefined;
    // The start fails in the end: there are modules already.
    try { (${send})(port, message); } catch {}
    setTimeout(() => {
      const got = ${got};
      threads.parentPort = parentPort;
      if (got) resolve(got);
      else reject(Object.assign(new Error('nothing'), { code: 'ERR_DID_NOT_START' }));
    }, 50);
  })`);
  return attempt.thread(new Worker(program, { eval: true }));
};
const emit = (port, message) => port.emit('message', message);

attempt({
  'data of the thread': () => again(emit),
  'arguments of the thread': () => again(emit, "process.argv.includes('sent')"),
  'a class that is put back': () => again(emit, 'vm.SourceTextModule === SourceTextModule'),
  'the port to the maker': () => again(emit, 'threads.parentPort !== parentPort'),
  'by an event': () => again((port, message) => {
    let looks = 0;
    const type = { get: () => ((looks += 1) === 1 ? 'message' : 'loadScript'), enumerable: true };
    delete message.type;
    port.dispatchEvent(Object.defineProperty(Object.assign(new Event('message'), message), 'type', type));
  }),
  'by the listener itself': () => again((port, message) => {
    const key = Object.getOwnPropertySymbols(port).find(({ description }) => description === 'kEvents');
    for (let at = port[key].get('message').next; at; at = at.next) at.callback.call(port, message);
  }),
  'by a type that changes': () => again((port, message) => {
    // Another type the first time that it is read, or all but the first two times.
    for (const isStart of [(looks) => looks > 1, (looks) => looks === 2, (looks) => looks === 1]) {
      let looks = 0;
      const type = { get: () => (isStart((looks += 1)) ? 'loadScript' : 'stdioWantsMoreData') };
      port.emit('message', Object.defineProperty({ ...message }, 'type', { ...type, enumerable: true }));
    }
  }),
});
