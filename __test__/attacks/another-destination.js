'use strict';
// One name at one port is granted, and the program wants to get to another port of the same host: by what a lookup
// gives, by many addresses at once, by what an agent does instead, and by sockets that are connected already.
// Policy: --allow-net=localhost:9 --allow-fs-read=${A}
// Takes: a connection
// Refused: Net 127.0.0.1:${PORT}
// Refused: Net [::ffff:127.0.0.1]:${PORT}
// Control: --allow-net
// Given: listeners
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');

const connected = (to) => attempt.event(net.connect(to), 'connect');
const gives = (...given) => (host, options, done) => done(null, ...given);
const stateOf = (socket) => socket[Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')];
const sent = (socket, ...to) => attempt.called((done) => socket.on('error', done).send('x', ...to, done));

attempt({
  'a lookup that gives another spelling': ({ PORT }) =>
    connected({ port: PORT, host: 'localhost', autoSelectFamily: false, lookup: gives('::ffff:127.0.0.1', 6) }),
  'many addresses at once': ({ PORT }) => connected({
    port: PORT, host: 'localhost', autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 10,
    lookup: gives([{ address: '127.0.0.1', family: 4 }, { address: '127.0.0.6', family: 4 }]),
  }),
  'from an address of its own': ({ PORT }) => connected({ port: PORT, host: 'localhost', family: 4, localAddress: '127.0.0.1' }),
  'an agent that connects elsewhere': ({ PORT }) => {
    const agent = new http.Agent();
    agent.createConnection = (options, done) => net.connect({ port: PORT, host: '127.0.0.1' }, done);
    return attempt.event(http.get({ host: 'localhost', port: 9, agent }), 'response');
  },
  'a datagram by a lookup of its own': ({ PORT }) => sent(dgram.createSocket({ type: 'udp4', lookup: gives('127.0.0.1', 4) }), Number(PORT), 'localhost'),
  'a datagram over IPv6': ({ PORT }) => sent(dgram.createSocket('udp6'), Number(PORT), '::ffff:127.0.0.1'),
  'a datagram socket that is connected to another': async ({ PORT }) => {
    const socket = dgram.createSocket('udp4');
    await attempt.called((done) => socket.on('error', done).connect(9, 'localhost', done));
    const { handle } = stateOf(socket);
    handle.disconnect();
    const refused = handle.connect('127.0.0.1', Number(PORT));
    if (refused instanceof Error) throw refused;
    return sent(socket);
  },
});
