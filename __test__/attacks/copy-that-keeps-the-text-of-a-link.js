'use strict';
// Node 26 copies a folder on another thread, long after permit has looked through it. The program puts
// a relative link into the folder meanwhile. A copy that keeps the text of the link makes one that leads
// out, and a call that waits follows it. permit refuses to keep the texts of links there.
// Policy: --allow-fs-read=* --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite verbatimSymlinks
// Control: only --allow-fs-read=* --allow-fs-write=*
// Node: >=26: before Node 26 each entry of a copy is asked about by itself
// Alone: a hook of async_hooks stays
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { pbkdf2 } = require('node:crypto');
const fs = require('node:fs');

/** Keeps the threads of libuv busy. */
const wait = () => {
  for (let job = 0; job < 12; job += 1) pbkdf2('', '', 400_000, 32, 'sha256', () => {});
};

/** Copies a folder into which a link comes while the copy waits, and writes through the copied link. */
const copied = async ({ A, N }, cp) => {
  const [source, target] = [`${A}/deep${N}/from`, `${A}/to${N}`];
  fs.mkdirSync(source, { recursive: true });
  fs.mkdirSync(`${A}/denied`, { recursive: true });
  let writing;
  const hook = createHook({
    init(id, type) {
      if (writing !== undefined || type !== 'PROMISE' || !new Error('where').stack.includes('copyDirNative')) return;
      writing = null;
      wait();
      queueMicrotask(() => {
        fs.symlinkSync('../../denied', `${source}/link`);
        wait();
        writing = fs.promises.writeFile(`${target}/link/made`, 'made');
        writing.catch(() => {});
      });
    },
  });
  hook.enable();
  try {
    await cp(source, target, { recursive: true, verbatimSymlinks: true });
  } finally {
    hook.disable();
  }
  await writing;
};

attempt({
  cp: (place) => copied(place, (...args) => attempt.called((done) => fs.cp(...args, done))),
  'promises.cp': (place) => copied(place, fs.promises.cp),
});
