'use strict';
// Without a number, the other half of what Node 26.8 mended: a parent that talks to its child by IPC can hand it an open
// datagram socket, with which the child sends without --allow-net. Here sending asks, whoever opened the socket.
// Policy: --allow-fs-read=${A}
// Takes: a connection
// Refused: Net
// Control: --allow-net
// Given: listeners
// Given: a parent that sends a datagram socket
const attempt = require('../helpers/attempt.js');

attempt({
  'process.on(message)': async ({ PORT }) => {
    // A refusal comes while Node takes the socket in, before anybody can listen to it.
    const got = new Promise((resolve, reject) => {
      process.once('message', (message, socket) => resolve(socket)).once('uncaughtException', reject);
    });
    process.send('a socket, please');
    const socket = await got;
    return attempt.called((done) => socket.send('x', Number(PORT), '127.0.0.1', done));
  },
});
