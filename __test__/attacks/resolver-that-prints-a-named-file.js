'use strict';
// The resolver of the system reads the file that RESOLV_HOST_CONF names. It prints the lines that
// it does not understand on descriptor 2. A program can close this descriptor, give the number to
// a socket, and so read a file of its choice. permit looks at the variables of resolvers before one
// starts: the files that they name must be granted. And no other file gets the number.
// Policy: --allow-net --allow-fs-read=${A}
// Takes: the secret
// Refused: FileSystemRead RESOLV_HOST_CONF=${D}/secret
// Control: none: the number of the standard error output stays taken when the program closes it
// Alone: the resolver reads the file once in a process
const attempt = require('../helpers/attempt.js');
const dns = require('node:dns');
const fs = require('node:fs');
const net = require('node:net');

/** What a resolver prints on a socket with the number 2. */
const printed = async ({ D }, call) => {
  process.env.RESOLV_HOST_CONF = `${D}/secret`;
  const server = net.createServer();
  await attempt.event(server.listen(0, '127.0.0.1'), 'listening');
  const text = attempt.event(server, 'connection').then((socket) => attempt.event(socket, 'data'));
  fs.closeSync(2);
  await attempt.event(net.connect(server.address().port, '127.0.0.1'), 'connect');
  await call();
  return text;
};

const { called } = attempt;

attempt({
  'dns.lookup': (place) => printed(place, () => called((done) => dns.lookup('localhost', done))),
  'dns.promises.lookup': (place) => printed(place, () => dns.promises.lookup('localhost')),
  'dns.lookupService': (place) => {
    return printed(place, () => called((done) => dns.lookupService('127.0.0.1', 80, done)));
  },
  'a connection to a name': (place) => printed(place, async () => {
    const error = await new Promise((resolve) => net.connect(9, 'localhost').on('error', resolve));
    if (error.code === 'ERR_ACCESS_DENIED') throw error;
  }),
});
