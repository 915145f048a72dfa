'use strict';
// The memory of the process is never written through `/proc`, whatever is granted. Where permit cannot
// say where a path leads, it lets the call through if the whole scope is granted; such a path can
// lead to the memory.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: FileSystemWrite
// Control: none: no grant gives the memory
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const memory = `/proc/${process.pid}/mem`;
const open = (path) => `opened as ${fs.openSync(path, 'r+')}`;

attempt({
  'by its name': () => open(memory),
  'behind the root of another process': () => open(`/proc/${process.ppid}/root${memory}`),
  'behind the root of another process, promised': async () => {
    const { fd } = attempt.keep(await fs.promises.open(`/proc/${process.ppid}/root${memory}`, 'r+'));
    return `opened as ${fd}`;
  },
  'behind more links than the kernel counts': ({ A }) => {
    const levels = A.split('/').length - 1;
    const deep = `${A}/${'deep/'.repeat(levels)}`;
    fs.mkdirSync(deep, { recursive: true });
    fs.symlinkSync(`${'../'.repeat(levels)}.${memory}`, `${deep}/last`);
    for (let link = 0; link < 39; link += 1) fs.symlinkSync(String(link + 1), `${A}/${link}`);
    fs.renameSync(`${deep}/last`, `${A}/39`);
    return open(`${A}/0`);
  },
});
