'use strict';
// The answers of a name server that is granted as an address and a port are believed: a granted name
// leads where it says. Where that address is one of this machine, a program that may listen there
// answers itself, and reaches any address. permit believes a server of this machine only where the
// program may not listen.
// Policy: --allow-net=127.0.0.2,127.0.0.2:${PORT},api.test --allow-fs-read=${A}
// Takes: a connection
// Refused: Net 127.0.0.1:${PORT}
// Control: --allow-net
// Given: listeners
// Alone: what a name led to is of the process
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

/** A server that says of every name that it is this machine. */
async function serve({ PORT }) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    let end = 12;
    while (query[end] !== 0) end += query[end] + 1;
    const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([head, query.subarray(12, end + 5), answer]), port, address);
  });
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind(Number(PORT), '127.0.0.2', resolve);
  });
  return `127.0.0.2:${PORT}`;
}
/** A resolver that asks that server, from an address that may be answered. */
const asking = async (place, Resolver = dns.Resolver) => {
  const server = await serve(place);
  const resolver = new Resolver();
  resolver.setLocalAddress('127.0.0.2');
  resolver.setServers([server]);
  return resolver;
};
const connect = ({ PORT }, host) => attempt.event(net.connect({ port: Number(PORT), host }), 'connect');

attempt({
  'a Resolver': async (place) => {
    const resolver = await asking(place);
    const [host] = await attempt.called((done) => resolver.resolve4('api.test', done));
    return connect(place, host);
  },
  'a Resolver of promises': async (place) => {
    const resolver = await asking(place, dns.promises.Resolver);
    const [host] = await resolver.resolve4('api.test');
    return connect(place, host);
  },
  'a Resolver that is asked for anything': async (place) => {
    const resolver = await asking(place);
    const [{ address }] = await attempt.called((done) => resolver.resolveAny('api.test', done));
    return connect(place, address);
  },
  'a lookup of its own': async (place) => {
    const resolver = await asking(place);
    const lookup = (name, options, done) => resolver.resolve4(name, (error, found) => {
      if (error) done(error);
      else done(null, found.map((address) => ({ address, family: 4 })));
    });
    return attempt.event(net.connect({ port: Number(place.PORT), host: 'api.test', lookup }), 'connect');
  },
});
