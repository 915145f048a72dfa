'use strict';
// Who may connect to an address at any port may run a name server there, ask it for a name that is granted, and have that
// name lead where it likes. What such a server says is told to the program, and nothing follows from it: only the servers of
// the system, and one that was granted as an address and a port, are believed.
// Policy: --allow-net=127.0.0.2,127.0.0.8/29,api.test --allow-fs-read=${A}
// Takes: a connection
// Refused: Net 127.0.0.1:${PORT}
// Control: --allow-net
// Given: listeners
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

// Says of every name that it is this machine.
async function server(address) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, from) => {
    let end = 12;
    while (query[end] !== 0) end += query[end] + 1;
    const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), from.port, from.address);
  });
  await new Promise((done) => { socket.bind(0, address, done); });
  return `${address}:${socket.address().port}`;
}
// The answers have to go to an address that is granted as well.
async function ask(address) {
  const resolver = new dns.Resolver();
  resolver.setLocalAddress(address);
  resolver.setServers([await server(address)]);
  return resolver;
}
const connect = (to) => attempt.event(net.connect(to), 'connect');

attempt({
  'a Resolver': async ({ PORT }) => {
    const resolver = await ask('127.0.0.2');
    const [host] = await attempt.called((done) => resolver.resolve4('api.test', done));
    return connect({ port: Number(PORT), host });
  },
  'a Resolver, at an address of a range': async ({ PORT }) => {
    const resolver = await ask('127.0.0.9');
    const [{ address: host }] = await attempt.called((done) => resolver.resolveAny('api.test', done));
    return connect({ port: Number(PORT), host });
  },
  'a lookup of its own': async ({ PORT }) => {
    const resolver = await ask('127.0.0.2');
    const lookup = (name, options, done) => resolver.resolve4(name, (error, found) => {
      if (error) done(error);
      else done(null, found.map((address) => ({ address, family: 4 })));
    });
    return connect({ port: Number(PORT), host: 'api.test', lookup });
  },
});
