'use strict';
// Node tells the hooks of `async_hooks` of a connection before it hands the name of the socket to the
// kernel. A hook changes the working directory, or puts a link in the place of a folder from which the
// name goes up. The name then means another socket than the one that was asked about. permit passes on
// the absolute name, without dots.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A}
// Policy: --allow-net=unix:${A}/listener --allow-net=unix:${A}/denied/listener
// Takes: a connection
// Refused: ERR_ITS_OWN_SOCKET
// Control: --allow-net
// Given: listeners
// Given: folder ${A}/data
// Given: folder ${A}/denied
const attempt = require('../helpers/attempt.js');
const { createHook } = require('node:async_hooks');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');

const OWN = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nown';

/** Listens itself, and connects with a hook that acts in between. */
const during = async ({ A, D }, own, act, connect) => {
  const server = net.createServer((socket) => socket.end(OWN));
  await once(server.listen(own), 'listening');
  process.chdir(A);
  let acted = false;
  const hook = createHook({
    init(id, type) {
      if (type !== 'PIPECONNECTWRAP' || acted) return;
      acted = true;
      act({ A, D });
    },
  }).enable();
  try {
    const said = String(await connect({ A }));
    if (said.endsWith('own')) throw Object.assign(new Error(said), { code: 'ERR_ITS_OWN_SOCKET' });
    return said;
  } finally {
    hook.disable();
    server.close();
  }
};
const go = ({ D }) => process.chdir(D);
const link = ({ A }) => {
  fs.rmdirSync(`${A}/data`);
  fs.symlinkSync(A, `${A}/data`);
};
const relative = (place, connect) => during(place, `${place.A}/listener`, go, connect);
const up = (place, connect) => during(place, `${place.A}/denied/listener`, link, connect);
const said = (socket) => attempt.event(socket, 'data');
const answer = async (request) => {
  const response = await attempt.event(request, 'response');
  return said(response);
};

attempt({
  'net.connect': (place) => relative(place, () => said(net.connect('listener'))),
  'http.get': (place) => relative(place, () => answer(http.get({ socketPath: 'listener' }))),
  'net.connect, and a folder that becomes a link': (place) =>
    up(place, ({ A }) => said(net.connect(`${A}/data/../denied/listener`))),
  'http.get, and a folder that becomes a link': (place) =>
    up(place, ({ A }) => answer(http.get({ socketPath: `${A}/data/../denied/listener` }))),
});
