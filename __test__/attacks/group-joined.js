'use strict';
// To join a group of receivers is to listen at one more address. Whoever was kept from a group could join it all the same, as
// only the address was asked about that the socket is bound to.
// Policy: --allow-net --deny-net-listen=224.0.0.0/4 --allow-fs-read=${A}
// Takes: an answer
// Refused: Net 224.0.0.114:*
// Refused: Net 232.1.1.1:*
// Control: only --allow-net --allow-fs-read=${A}
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');

const bound = async () => {
  const socket = dgram.createSocket('udp4');
  await attempt.called((done) => socket.bind(0, '127.0.0.1', done));
  return socket;
};

attempt({
  addMembership: async () => {
    (await bound()).addMembership('224.0.0.114', '127.0.0.1');
    return 'joined';
  },
  addSourceSpecificMembership: async () => {
    (await bound()).addSourceSpecificMembership('127.0.0.1', '232.1.1.1', '127.0.0.1');
    return 'joined';
  },
});
