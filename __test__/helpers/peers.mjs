// Whom the programs of the network specs talk to, all of it on 127.0.0.1: a web server, a name
// server, Redis and PostgreSQL. Each is started by a spec on a free port and ends with it.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { find } from './needs.mjs';

/**
 * A server that answers every request with what `answer(url)` gives: a text, or a place to go to.
 */
export async function web(answer, secure, host = '127.0.0.1') {
  const listener = (request, response) => {
    const said = answer(request.url, request);
    if (typeof said === 'string') response.end(said);
    else response.writeHead(302, said).end();
  };
  const server = secure ? https.createServer(secure, listener) : http.createServer(listener);
  await once(server.listen(0, host), 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

/** A proxy that answers for every host, asked or through a tunnel: its port. */
export async function proxy() {
  const server = http.createServer((request, response) => response.end('page by proxy'));
  server.on('connect', (request, client) => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    client.once('data', () =>
      client.end('HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\npage by proxy'),
    );
    client.on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return server.address().port;
}

/** The descriptor of a datagram socket. */
export const descriptorOf = (socket) =>
  socket[Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')].handle.fd;

/** A port on which nobody listens now. */
export async function freePort() {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A name server. `records` gives for a name the IPv4 addresses, or a list of lists, which are given in turn.
 * @returns {Promise<number>} its port
 */
export async function names(records) {
  const asked = new Map();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels = [];
    let at = 12;
    for (; query[at] !== 0; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    const name = labels.join('.').toLowerCase();
    const [type, question] = [query.readUInt16BE(at + 1), query.subarray(12, at + 5)];
    let addresses = records[name] ?? [];
    if (Array.isArray(addresses[0]) && type !== 28) {
      const times = asked.get(name) ?? 0;
      asked.set(name, times + 1);
      addresses = addresses[times % addresses.length];
    }
    if (type === 28 || Array.isArray(addresses[0])) addresses = [];
    const head = Buffer.from([
      query[0],
      query[1],
      0x81,
      name in records ? 0x80 : 0x83,
      0,
      1,
      0,
      addresses.length,
      0,
      0,
      0,
      0,
    ]);
    const answers = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([head, question, ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  after(() => socket.close());
  return socket.address().port;
}

async function started(program, args, options, port) {
  const child = spawn(find(program), args, { stdio: 'ignore', ...options });
  after(async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    }
  });
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const socket = net.connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`${program} did not start`);
}

/** Starts Redis: `{ port, socket }`. */
export async function redis() {
  const folder = mkdtempSync(join(tmpdir(), 'permit-redis-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const socket = join(folder, 'redis.sock');
  const options = { port, bind: '127.0.0.1', unixsocket: socket, save: '', appendonly: 'no', dir: folder };
  await started(
    'redis-server',
    Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]),
    {},
    port,
  );
  return { port, socket };
}

/** Starts Prometheus, which asks a target again and again: its port. */
export async function prometheus(target) {
  const folder = mkdtempSync(join(tmpdir(), 'permit-prometheus-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `global: { scrape_interval: 200ms }\nscrape_configs: [{ job_name: permit, metrics_path: /, static_configs: [{ targets: ['${target}'] }] }]\n`,
  );
  await started(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`],
    {},
    port,
  );
  return port;
}

/** Starts PostgreSQL: its port. Anybody on this machine is let in as `permit`. */
export async function postgres() {
  const folder = mkdtempSync(join(tmpdir(), 'permit-postgres-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  // It refuses to run as root.
  const options = { stdio: 'ignore', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
  if (process.getuid() === 0) {
    Object.assign(options, { uid: 65_534, gid: 65_534 });
    for (const path of [folder, data]) chownSync(path, 65_534, 65_534);
  }
  execFileSync(find('initdb'), ['-D', data, '-U', 'permit', '-A', 'trust', '--no-sync', '--no-instructions'], options);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'off', port };
  const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  await started('postgres', ['-D', data, ...args], options, port);
  return port;
}
