// Every way to the network, on loopback: sockets, servers, datagrams, names, HTTP in all its forms.
// Ports come from the environment; whoever runs this stands behind them.
'use strict';
const net = require('node:net');
const tls = require('node:tls');
const http = require('node:http');
const https = require('node:https');
const http2 = require('node:http2');
const dgram = require('node:dgram');
const dns = require('node:dns');
const { promisify } = require('node:util');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const port = () => Number(process.env.NET_TCP);
const address = () => `127.0.0.1:${port()}`;
const unix = () => process.env.NET_UNIX;
const quiet = (_, t) => {
  t.made?.close?.();
  t.made?.destroy?.();
  t.made?.on?.('error', () => {});
};
const event = (id, events, call, extra = {}) =>
  add({ id, form: 'event', events, call: (t) => (t.made = call(t)), tidy: quiet, ...extra });
const sync = (id, call, extra = {}) =>
  add({
    id,
    form: 'sync',
    call,
    tidy: (value) => {
      value?.close?.();
      value?.destroy?.();
    },
    ...extra,
  });
const callback = (id, call, extra = {}) => add({ id, form: 'callback', call, ...extra });
const promise = (id, call, extra = {}) => add({ id, form: 'promise', call: async (t) => call(t), ...extra });

// Outwards.
event('net.connect(port, ip)', ['connect'], () => net.connect(port(), '127.0.0.1'));
event('net.connect({port,host})', ['connect'], () => net.connect({ port: port(), host: '127.0.0.1' }));
event('net.connect(port)', ['connect'], () => net.connect(port()));
event('net.connect localhost', ['connect'], () => net.connect({ port: port(), host: 'localhost', family: 4 }));
event('net.connect v6', ['connect'], () => net.connect({ port: port(), host: '::1' }));
event('net.connect mapped v4', ['connect'], () => net.connect({ port: port(), host: '::ffff:127.0.0.1' }));
event('net.connect unix', ['connect'], () => net.connect(unix()));
event('net.connect({path})', ['connect'], () => net.connect({ path: unix() }));
event('net.connect abstract', ['connect'], () => net.connect('\0permit-native-nowhere'));
event('net.connect own lookup', ['connect'], () =>
  net.connect({
    port: port(),
    host: 'any.example',
    lookup: (host, options, cb) =>
      options.all ? cb(null, [{ address: '127.0.0.1', family: 4 }]) : cb(null, '127.0.0.1', 4),
  }),
);
event('net.connect localAddress', ['connect'], () =>
  net.connect({ port: port(), host: '127.0.0.1', localAddress: '127.0.0.1' }),
);
event('new Socket().connect', ['connect'], () => new net.Socket().connect(port(), '127.0.0.1'));
event('net.createConnection', ['connect'], () => net.createConnection({ port: port(), host: '127.0.0.1' }));
event('tls.connect', ['secureConnect'], () =>
  tls.connect({ port: port(), host: '127.0.0.1', rejectUnauthorized: false }),
);
event('http.get ip', ['response'], () => http.get({ host: '127.0.0.1', port: port(), agent: false }));
event('http.get url', ['response'], () => http.get(`http://${address()}/`, { agent: false }));
event('http.get localhost', ['response'], () => http.get({ host: 'localhost', family: 4, port: port(), agent: false }));
event('http.request socketPath', ['response'], () => http.request({ socketPath: unix(), agent: false }).end());
event('http.request keepAlive', ['response'], () =>
  http.request({ host: '127.0.0.1', port: port(), agent: new http.Agent({ keepAlive: true }) }).end(),
);
event('https.get', ['response'], () =>
  https.get({ host: '127.0.0.1', port: port(), rejectUnauthorized: false, agent: false }),
);
event('http2.connect', ['connect'], () => http2.connect(`http://${address()}`));
promise('fetch ip', () => fetch(`http://${address()}/`).then((answer) => answer.status));
promise('fetch localhost', () => fetch(`http://localhost:${port()}/`).then((answer) => answer.status));
promise('fetch data:', () => fetch('data:text/plain,x').then((answer) => answer.text()));
promise('fetch bad port', () => fetch('http://127.0.0.1:1/'));
event('WebSocket', ['open'], () => new WebSocket(`ws://${address()}/`), {
  absent: () => typeof WebSocket !== 'function',
});
event('EventSource', ['open'], () => new EventSource(`http://${address()}/`), {
  absent: () => typeof EventSource !== 'function',
});

// Inwards.
const servers = {
  net: () => net.createServer(),
  http: () => http.createServer(),
  https: () => https.createServer(),
  tls: () => tls.createServer(),
  http2: () => http2.createServer(),
};
for (const [name, make] of Object.entries(servers)) {
  event(`${name} listen(0)`, ['listening'], () => make().listen(0));
  event(`${name} listen(0, ip)`, ['listening'], () => make().listen(0, '127.0.0.1'));
  event(`${name} listen unix`, ['listening'], (t) => make().listen(`${process.env.ROWS_ROOT}/s${t.n}`));
}
event('net listen({port,host})', ['listening'], () => net.createServer().listen({ port: 0, host: '127.0.0.1' }));
event('net listen localhost', ['listening'], () => net.createServer().listen(0, 'localhost'));
event('net listen()', ['listening'], () => net.createServer().listen());
event('net listen v6', ['listening'], () => net.createServer().listen(0, '::1'));
event('net listen abstract', ['listening'], (t) =>
  net.createServer().listen(`\0${require('node:path').basename(t.root)}-${t.n}`),
);
event('net listen({fd})', ['listening'], () => net.createServer().listen({ fd: 3 }));
event('net listen exclusive', ['listening'], () =>
  net.createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true }),
);

// Datagrams.
const udp = () => dgram.createSocket('udp4');
sync('dgram.createSocket', udp);
event('dgram bind()', ['listening'], () => {
  const socket = udp();
  socket.bind();
  return socket;
});
event('dgram bind(0, ip)', ['listening'], () => {
  const socket = udp();
  socket.bind(0, '127.0.0.1');
  return socket;
});
event('dgram bind v6', ['listening'], () => {
  const socket = dgram.createSocket('udp6');
  socket.bind(0, '::1');
  return socket;
});
event('dgram bind({fd})', ['listening'], () => {
  const socket = udp();
  socket.bind({ fd: 3 });
  return socket;
});
event('dgram send', ['message'], () => {
  const socket = udp();
  socket.send('x', 9, '127.0.0.1', (error) => {
    if (!error) socket.emit('message');
  });
  return socket;
});
event('dgram send localhost', ['message'], () => {
  const socket = udp();
  socket.send('x', 9, 'localhost', (error) => {
    if (!error) socket.emit('message');
  });
  return socket;
});
event('dgram connect', ['connect'], () => {
  const socket = udp();
  socket.connect(9, '127.0.0.1');
  return socket;
});
sync('dgram addMembership unbound', () => {
  const socket = udp();
  socket.addMembership('224.0.0.114');
  return socket;
});
sync('dgram setBroadcast unbound', () => {
  const socket = udp();
  socket.setBroadcast(true);
  return socket;
});

// Names. `NET_DNS` is a server that knows none.
const asked = () => {
  const resolver = new dns.Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([process.env.NET_DNS]);
  return resolver;
};
const askedPromise = () => {
  const resolver = new dns.promises.Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([process.env.NET_DNS]);
  return resolver;
};
callback('dns.lookup localhost', (t, cb) => dns.lookup('localhost', { family: 4 }, cb));
callback('dns.lookup all', (t, cb) =>
  dns.lookup('localhost', { all: true, family: 4 }, (error, all) => cb(error, all?.[0]?.address)),
);
callback('dns.lookup ip', (t, cb) => dns.lookup('127.0.0.1', cb));
callback('dns.lookupService', (t, cb) => dns.lookupService('127.0.0.1', 9, cb));
promise('promises.lookup', () => dns.promises.lookup('localhost', { family: 4 }));
promise('promises.lookup ip', () => dns.promises.lookup('127.0.0.1'));
promise('promises.lookupService', () => dns.promises.lookupService('127.0.0.1', 9));
promise('promisify(lookup)', () => promisify(dns.lookup)('localhost', { family: 4 }));
callback('dns.reverse', (t, cb) => {
  dns.setServers([process.env.NET_DNS]);
  dns.reverse('127.0.0.1', cb);
});
promise('promises.reverse', () => {
  dns.promises.setServers([process.env.NET_DNS]);
  return dns.promises.reverse('127.0.0.1');
});
callback('dns.resolve', (t, cb) => {
  dns.setServers([process.env.NET_DNS]);
  dns.resolve('x.example', cb);
});
promise('promises.resolve', () => {
  dns.promises.setServers([process.env.NET_DNS]);
  return dns.promises.resolve('x.example');
});
for (const name of [
  'resolve4',
  'resolve6',
  'resolveAny',
  'resolveCaa',
  'resolveCname',
  'resolveMx',
  'resolveNaptr',
  'resolveNs',
  'resolvePtr',
  'resolveSoa',
  'resolveSrv',
  'resolveTlsa',
  'resolveTxt',
]) {
  const absent = () => !dns[name];
  callback(`Resolver.${name}`, (t, cb) => asked()[name]('x.example', cb), { absent });
  promise(`promises.Resolver.${name}`, () => askedPromise()[name]('x.example'), { absent });
}
sync('dns.getServers', () => dns.getServers().length > 0);
sync('dns.setServers', () => dns.setServers([process.env.NET_DNS]));
sync('Resolver.setLocalAddress', () => new dns.Resolver().setLocalAddress('127.0.0.1'));
sync('net.isIP', () => net.isIP('127.0.0.1'));

// The handles below the modules.
const handle = (make, use) => () => {
  const socket = make();
  try {
    return use(socket._handle.constructor);
  } finally {
    socket.destroy?.();
    socket.close?.();
  }
};
const tcp = () => {
  const socket = new net.Socket();
  socket.connect({ port: port(), host: '127.0.0.1' });
  return socket;
};
sync(
  'raw TCP.bind',
  handle(
    () => {
      const socket = tcp();
      socket.on('error', () => {});
      return socket;
    },
    (TCP) => {
      const one = new TCP(0);
      const answer = one.bind('127.0.0.1', 0);
      one.close();
      return typeof answer === 'number' ? answer === 0 : answer;
    },
  ),
);
sync('raw UDP.bind', () => {
  const socket = udp();
  const UDP = Object.getPrototypeOf(
    socket[Object.getOwnPropertySymbols(socket).find((one) => String(one) === 'Symbol(state symbol)')].handle,
  ).constructor;
  const one = new UDP();
  const answer = one.bind('127.0.0.1', 0, 0);
  one.close();
  socket.close();
  if (answer instanceof Error) throw answer;
  return answer;
});
sync('new net.Socket({fd}) of a file', () => new net.Socket({ fd: 3 }));

module.exports = rows;
if (require.main === module) run(rows);
