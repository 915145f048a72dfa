'use strict';
// A new thread handles the messages on its port before it loads permit. A program could send one
// before Node sent the script: text that Node appends to any array of `process`, such as the
// options of the thread. And `workerData` could name an internal module, which Node loaded there.
// One such module starts the program that the arguments name. permit builds each message on that
// port anew, and refuses what Node itself does not send. Data travel by a port that permit reads.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: an answer
// Takes: a change of ${D}
// Refused: ERR_ACCESS_DENIED
// Refused: ERR_EXIT_9
// Control: none: no grant has permit pass such a message on
// Node: <24 for a module that starts a program: newer Nodes have no such module
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { writeFileSync } = require('node:fs');
const { BlockList } = require('node:net');
const { createContext } = require('node:vm');
const threads = require('node:worker_threads');

const { MessageChannel, MessagePort, Worker } = threads;
const appended = (stream, chunk, encoding) => (
  { type: 'stdioPayload', stream, chunks: [{ chunk, encoding }] });
const early = appended('execArgv', '--expose-internals', '--no-warnings');
/** Calls `make` so that `send` gets the port of a worker before Node sends the script. */
const before = (send, make) => {
  const { prototype, prototype: { postMessage } } = MessagePort;
  prototype.postMessage = function (message, ...rest) {
    if (message?.hasStdin !== undefined) send(this, postMessage);
    return postMessage.call(this, message, ...rest);
  };
  try {
    return make();
  } finally {
    prototype.postMessage = postMessage;
  }
};
/** What a worker told of its options. */
const told = () => attempt.thread(new Worker(attempt.program(`(() => {
  if (process.execArgv.includes('--expose-internals')) return 'changed';
  throw Object.assign(new Error('as they were'), { code: 'ERR_UNCHANGED' });
})()`), { eval: true }));
/** Makes a worker with data that name a module. What it says must match. */
const naming = (module, pattern) => new Promise((resolve, reject) => {
  const workerData = new BlockList();
  const symbol = Object.getOwnPropertySymbols(BlockList.prototype)
    .find(({ description }) => description === 'messaging_clone_symbol');
  const value = () => ({ data: {}, deserializeInfo: `${module}:X` });
  Object.defineProperty(workerData, symbol, { value });
  const options = { eval: true, execArgv: ['--warnings'], stdout: true, stderr: true, workerData };
  const worker = new Worker('', options);
  worker.stdout.on('data', (text) => pattern.test(text) && resolve(text));
  worker.stderr.on('data', (text) => pattern.test(text) && resolve(text));
  worker.on('exit', (status) => {
    setTimeout(reject, 100, Object.assign(new Error('silent'), { code: `ERR_EXIT_${status}` }));
  });
});

attempt({
  'a method that is replaced': () => before((port, post) => post.call(port, early), told),
  'the method of another context': () => {
    const other = threads.moveMessagePortToContext(new MessageChannel().port1, createContext());
    const { postMessage } = Object.getPrototypeOf(other);
    return before((port) => postMessage.call(port, early), told);
  },
  'a hook of async_hooks': async () => {
    const ports = [];
    let refusal;
    // The port of the thread comes first. Node does not survive a message on a port in the making.
    const init = (id, type, trigger, port) => {
      if (type !== 'MESSAGEPORT' || ports.push(port) !== 2) return;
      try { ports[0].postMessage(early); } catch (error) { refusal = error; }
    };
    const hook = createHook({ init }).enable();
    const answer = told();
    hook.disable();
    return answer.catch((error) => { throw refusal ?? error; });
  },
  'workerData that names a module': () => naming('internal/test/binding', /for internal testing/),
  'a module that starts a program': ({ A, D }) => {
    writeFileSync(`${A}/program`, `#!/bin/sh\ntouch ${D}/made\n`, { mode: 0o755 });
    writeFileSync(`${A}/log`, `shared-library,"${A}/file",0x1000,0x20000,0\n`);
    const names = appended('argv', `--nm=${A}/program`, `${A}/log`);
    const send = (port, post) => post.call(port, names);
    return before(send, () => naming('internal/v8_prof_processor', /profiling result/));
  },
  '+ standard input and data': () => {
    const worker = new Worker(attempt.program(`new Promise((resolve) => {
      process.stdin.on('data', (part) => resolve(threads.workerData + part));
    })`), { eval: true, stdin: true, workerData: 'what is sent: ' });
    worker.stdin.end('text');
    return attempt.thread(worker);
  },
});
