'use strict';
// The path of a socket has room for 108 bytes, and Node 20 and 22 cut a longer one off: the path that is asked about is one
// that nobody denied, and the socket that is reached is another. A path that does not fit is no socket here.
// Policy: --allow-net --deny-net=unix:${D}/listener --allow-fs-read=${A}
// Takes: a connection
// Refused: Net unix:*
// Control: only --allow-net
// Given: listeners
// Node: <24: a longer path is an error of its own
const attempt = require('../helpers/attempt.js');
const http = require('node:http');
const net = require('node:net');

// 108 bytes that name the listener, and what is cut off.
const long = ({ D }) => `${D}${'/'.repeat(100 - D.length)}listener/../free`;

attempt({
  'net.connect': (place) => attempt.event(net.connect(long(place)), 'connect'),
  'http.get': (place) => attempt.event(http.get({ socketPath: long(place) }), 'response'),
});
