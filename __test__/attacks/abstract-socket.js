'use strict';
// On Linux a socket whose name begins with a NUL byte lies in no folder, so that no grant of paths speaks of it: a way to
// every service that listens so. Here it is a connection, and a listener, like any other.
// Policy: --allow-fs-read=* --allow-fs-write=*
// Takes: an answer
// Refused: Net unix:*
// Control: --allow-net
const attempt = require('../helpers/attempt.js');
const net = require('node:net');

const name = ({ D }, what) => `\0permit-attack-${process.pid}-${what}-${D}`.slice(0, 100);

attempt({
  'net listen': (place) => attempt.event(net.createServer().listen(name(place, 1)), 'listening'),
  'net.connect': (place) => attempt.event(net.connect(name(place, 2)), 'connect').catch((error) => {
    if (error.code === 'ECONNREFUSED') return 'nobody listens';
    throw error;
  }),
});
