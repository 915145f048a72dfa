'use strict';
// libuv writes to a socket, a pipe or a terminal by the number of its descriptor. A program that closes
// the number can have another file open under it: what is written to the handle lands there. permit
// closes the file, and the number stays taken until the handle closes it.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-net
// Takes: an answer
// Refused: ERR_STAYS_TAKEN
// Control: none: the number stays taken, whatever is granted
// Alone: descriptors are of the process
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const net = require('node:net');

const stays = (what) => Object.assign(new Error(what), { code: 'ERR_STAYS_TAKEN' });

attempt({
  'the number of a socket': async ({ A, N }) => {
    const server = net.createServer(() => {});
    await attempt.event(server.listen(0, '127.0.0.1'), 'listening');
    const socket = net.connect(server.address().port, '127.0.0.1');
    await attempt.event(socket, 'connect');
    socket.on('error', () => {});
    const number = socket._handle.fd;
    fs.closeSync(number);
    const opened = fs.openSync(`${A}/written${N}`, 'w');
    if (opened !== number) throw stays(`${opened} and not ${number}`);
    socket.write('by the socket');
    return `${fs.readFileSync(`${A}/written${N}`, 'utf8')} in the file`;
  },
  'the number of a FileHandle': async ({ A, N }) => {
    const handle = await fs.promises.open(`${A}/file`, 'r');
    const again = await fs.promises.open(`${A}/file`, 'r');
    const number = again.fd;
    fs.closeSync(number);
    const opened = fs.openSync(`${A}/written${N}`, 'w');
    if (opened !== number) throw stays(`${opened} and not ${number}`);
    attempt.keep(handle);
    attempt.keep(again);
    return 'the number';
  },
});
