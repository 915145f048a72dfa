'use strict';
// Node 20, 22 and 24 have no scope for the network at all. Here every way to talk to another machine asks, above and below
// the modules.
// Policy: --allow-fs-read=*
// Takes: a connection
// Refused: Net 127.0.0.1:${PORT}
// Refused: Net localhost
// Refused: Net
// Refused: ERR_WEBSOCKET
// Control: --allow-net
// Given: listeners
// Node: >=22 for WebSocket: Node 20 has none
const attempt = require('../helpers/attempt.js');
const dgram = require('node:dgram');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

const answer = (emitter, name) => attempt.event(emitter, name).catch((error) => {
  if (error.code === 'ERR_ACCESS_DENIED') throw error;
  return error.code;
});
const local = ({ PORT }) => ({ port: Number(PORT), host: '127.0.0.1' });

attempt({
  'net.connect': (place) => answer(net.connect(local(place)), 'data'),
  'net.connect by a name': ({ PORT }) => answer(net.connect({ port: Number(PORT), host: 'localhost', family: 4 }), 'data'),
  'net.connect with a lookup of its own': ({ PORT }) => answer(net.connect({
    port: Number(PORT), host: 'x.test', lookup: (name, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)),
  }), 'data'),
  'tls.connect': (place) => answer(tls.connect(local(place)), 'data'),
  'http.get': ({ PORT }) => answer(http.get(`http://127.0.0.1:${PORT}/`), 'response'),
  'https.get': ({ PORT }) => answer(https.get(`https://127.0.0.1:${PORT}/`), 'response'),
  'http2.connect': ({ PORT }) => answer(http2.connect(`http://127.0.0.1:${PORT}`), 'connect'),
  fetch: ({ PORT }) => fetch(`http://127.0.0.1:${PORT}/`).then((response) => response.text()),
  WebSocket: ({ PORT }) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${PORT}/`);
    // It says no more than that it failed.
    socket.onerror = ({ error }) => reject(Object.assign(new Error(error?.message), { code: 'ERR_WEBSOCKET' }));
    socket.onopen = resolve;
  }),
  'dgram send': ({ PORT }) => attempt.called((done) => dgram.createSocket('udp4').on('error', done).send('x', Number(PORT), '127.0.0.1', done)),
  'dgram connect': async ({ PORT }) => {
    const socket = dgram.createSocket('udp4');
    await attempt.called((done) => socket.on('error', done).connect(Number(PORT), '127.0.0.1', done));
    return attempt.called((done) => socket.send('x', done));
  },
});
