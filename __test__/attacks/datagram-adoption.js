'use strict';
// Without a number: until Node 26.7 a datagram socket made elsewhere could be taken over, by its descriptor or from a parent,
// and used without --allow-net. Here taking one over is refused, and so is a handle that comes by IPC.
// Policy: --allow-fs-read=${A}
// Takes: a connection
// Refused: Net
// Control: --allow-net
// Given: listeners
// Given: a datagram socket as descriptor 3
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');

const sent = (socket, port) => attempt.called((done) => socket.on('error', done).send('x', Number(port), '127.0.0.1', done));

attempt({
  'bind({fd})': async ({ PORT }) => {
    const socket = dgram.createSocket('udp4');
    await attempt.called((done) => socket.on('error', done).bind({ fd: 3 }, done));
    return sent(socket, PORT);
  },
  'the raw handle': async ({ PORT }) => {
    const socket = dgram.createSocket('udp4');
    const result = socket[Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')].handle.open(3);
    if (result instanceof Error) throw result;
    return sent(socket, PORT);
  },
  'a socket of its own': ({ PORT }) => sent(dgram.createSocket('udp4'), PORT),
});
