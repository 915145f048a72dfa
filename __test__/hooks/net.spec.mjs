// The network: every API that connects, listens, sends or resolves is refused without --allow-net,
// where that API promises errors, with Node's code and with `permission` and `resource`; nothing of
// it ends the process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'net');
const folder = scratch();
const path = join(folder, 'socket');
const READ = [`--allow-fs-read=${here}`];
const run = (node, flags, fixture, ...args) => report(held(node, [...READ, ...flags], [join(here, fixture), ...args]));

/** Asserts that an outcome is a refusal of the network, delivered in one of these ways. */
function refused(outcome, ways, resource) {
  assert.ok(outcome, 'was not tried');
  const said = JSON.stringify(outcome);
  assert.ok([ways].flat().includes(outcome.via), said);
  assert.equal(outcome.code, 'ERR_ACCESS_DENIED', said);
  assert.equal(outcome.permission, 'Net', said);
  if (resource !== undefined) assert.equal(outcome.resource, resource, said);
  assert.equal(typeof outcome.resource, 'string', said);
  if (outcome.via === 'event') assert.equal(outcome.times, 1, said);
}

const CONNECT = {
  'net.connect(port, host)': '127.0.0.1:9',
  'net.connect({port})': '[::1]:9',
  'new net.Socket().connect': '127.0.0.1:9',
  'net.connect(port, name)': 'name.test',
  'net.connect(port)': 'localhost',
  'net.connect(path)': `unix:${path}`,
  'net.connect({path})': `unix:${path}`,
  'net.connect(abstract)': 'unix:\0permit-test',
  'net.connect with a lookup of its own': '127.0.0.1:9',
  'net.connect to two addresses': undefined,
  'net.connect from a local address': undefined,
  'tls.connect': '127.0.0.1:9',
  'tls.connect(path)': `unix:${path}`,
  'http.get': '127.0.0.1:9',
  'http.get(name)': 'name.test',
  'http.request(socketPath)': `unix:${path}`,
  'https.get': '127.0.0.1:9',
  'http2.connect': '127.0.0.1:9',
};

const HANDLES = [
  'TCP.connect',
  'TCP.connect6',
  'TCP.bind',
  'TCP.bind6',
  'TCP.listen',
  'Pipe.connect',
  'Pipe.bind',
  'Pipe.listen',
  'Pipe.fchmod',
  'UDP.bind',
  'UDP.open',
  'UDP.connect',
  'UDP.send',
  'UDP.recvStart',
  'UDP.addMembership',
  'net._createServerHandle',
  'dgram._createSocketHandle',
];

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('a refused bind after a name was looked up is an error event, as is that of a socket', () => {
      const port = 7000 + node.major;
      const found = run(
        node,
        ['--allow-net-connect', `--allow-net-listen=127.0.0.1:${port + 100}`, '--allow-net-listen=127.0.0.1:0'],
        'listen-at-a-name.js',
        String(port),
      );
      const refusal = {
        code: 'ERR_ACCESS_DENIED',
        permission: 'Net',
        resource: `127.0.0.1:${port}`,
        grant: `--allow-net-listen=127.0.0.1:${port}`,
      };
      assert.deepEqual(found, { allowed: 0, server: refusal, datagram: refusal, connection: refusal });
    });

    describe('without --allow-net', () => {
      describe('a connection', () => {
        let found;
        before(() => {
          found = run(node, [], 'connect.js', path);
        });
        for (const [name, resource] of Object.entries(CONNECT)) {
          it(`${name} is refused by an 'error' event`, () => refused(found.outcomes[name], 'event', resource));
        }
        it('fetch is refused by a rejection whose cause is the refusal', () => {
          refused(found.outcomes.fetch, 'reject', '127.0.0.1:9999');
          assert.equal(found.outcomes.fetch.wrapped, 'TypeError');
          refused(found.outcomes['fetch(name)'], 'reject', 'name.test');
        });
        it('fetch of a data: URL works', () => assert.equal(found.outcomes['fetch(data:)'].value, 'x'));
        it("WebSocket is refused by an 'error' event", { skip: node.major < 22 }, () => {
          assert.deepEqual(found.outcomes.WebSocket, { via: 'event', type: 'error' });
        });
        it('closes the socket', () => {
          assert.equal(found.outcomes['net.connect, nobody listens to errors'].code, 'closed true');
        });
        it("says Node's words", () => {
          assert.equal(
            found.outcomes['net.connect(port, host)'].message,
            'connect ERR_ACCESS_DENIED Access to this API has been restricted. Use --allow-net to manage permissions.',
          );
          assert.equal(found.outcomes['net.connect(port, host)'].syscall, 'connect');
          assert.equal(found.outcomes['net.connect(port, name)'].message, 'getaddrinfo ERR_ACCESS_DENIED name.test');
        });
        it('never leads to an uncaught exception', () => assert.deepEqual(found.uncaught, []));
      });

      describe('a server', () => {
        let found;
        before(() => {
          found = run(node, [], 'listen.js', path);
        });
        const thrown = {
          'net listen()': undefined,
          'net listen(port)': undefined,
          'net listen(port as text)': undefined,
          'net listen({port})': undefined,
          'net listen(path)': `unix:${path}`,
          'net listen({path})': `unix:${path}`,
          'net listen(abstract)': 'unix:\0permit-listen',
          'net listen({fd})': undefined,
          'net listen(exclusive)': undefined,
          'tls listen(port)': undefined,
          'http listen(port)': undefined,
          'https listen(port)': undefined,
          'http2 listen(port)': undefined,
          'listen borrowed from the prototype': undefined,
        };
        for (const [name, resource] of Object.entries(thrown)) {
          it(`${name} is refused by a throw`, () => refused(found.outcomes[name], 'throw', resource));
        }
        for (const name of ['net listen(port, host)', 'net listen({port, host})', 'http listen(port, host)']) {
          it(`${name} is refused by an 'error' event`, () => refused(found.outcomes[name], 'event', '127.0.0.1:0'));
        }
        it("net listen(port, name) is refused by an 'error' event", () =>
          refused(found.outcomes['net listen(port, name)'], 'event'));
        it('never leads to an uncaught exception', () => assert.deepEqual(found.uncaught, []));
      });

      describe('a datagram', () => {
        let found;
        before(() => {
          found = run(node, [], 'dgram.js');
        });
        for (const name of [
          'bind()',
          'bind(port)',
          'bind({port, address})',
          'bind udp6',
          'bind({exclusive})',
          'bind({fd})',
          'send',
          'send with a callback',
          'connect',
          'addMembership',
        ]) {
          it(`${name} is refused`, () => refused(found.outcomes[name], ['event', 'throw']));
        }
        it('never leads to an uncaught exception', () => assert.deepEqual(found.uncaught, []));
      });

      describe('a name', () => {
        let found;
        before(() => {
          found = run(node, [], 'dns.js');
        });
        it('is refused to every function of dns with a callback', () => {
          const names = Object.keys(found.outcomes).filter((name) => /^(dns|Resolver)\.(resolve|reverse)/.test(name));
          assert.ok(names.length >= 26, names.join());
          for (const name of names)
            refused(found.outcomes[name], 'callback', name.endsWith('reverse') ? '127.0.0.1' : 'name.test');
          refused(found.outcomes['dns.lookup'], 'callback', 'name.test');
          refused(found.outcomes['dns.lookup(localhost)'], 'callback', 'localhost');
          refused(found.outcomes['dns.lookupService'], 'callback', '127.0.0.1');
        });
        it('is refused to every function of dns that promises', () => {
          const names = Object.keys(found.outcomes).filter((name) =>
            /^(dns\.promises|promises\.Resolver)\.(resolve|reverse)/.test(name),
          );
          assert.ok(names.length >= 26, names.join());
          for (const name of names)
            refused(found.outcomes[name], 'reject', name.endsWith('reverse') ? '127.0.0.1' : 'name.test');
          for (const name of ['dns.promises.lookup', 'promisify(dns.lookup)'])
            refused(found.outcomes[name], 'reject', 'name.test');
          refused(found.outcomes['dns.promises.lookupService'], 'reject', '127.0.0.1');
        });
        it('that is an address needs no grant', () =>
          assert.equal(found.outcomes['dns.lookup of an address'].via, 'ok'));
        it('the list of servers needs no grant', () => assert.equal(found.outcomes['dns.setServers'].via, 'ok'));
        it('never leads to an uncaught exception', () => assert.deepEqual(found.uncaught, []));
      });

      describe('a raw handle', () => {
        let found;
        before(() => {
          found = run(node, [], 'handles.js', path);
        });
        it('is at hand for the test', () =>
          assert.deepEqual(
            found.classes.filter((name) => name !== 'Request'),
            ['Pipe', 'TCP', 'UDP'],
          ));
        for (const name of HANDLES)
          it(`${name} is refused`, { skip: name.startsWith('dgram.') && node.major >= 26 }, () =>
            refused(found.outcomes[name], ['throw', 'event']),
          );
        it('never leads to an uncaught exception', () => assert.deepEqual(found.uncaught, []));
      });
    });

    describe('with --allow-net', () => {
      it('everything works', () => {
        const found = run(node, ['--allow-net'], 'round-trip.js', join(folder, `socket-${node.major}`));
        const values = Object.entries(found.outcomes).map(([name, { via, value, code }]) => [
          name,
          value ?? code ?? via,
        ]);
        assert.deepEqual(Object.fromEntries(values), {
          http: 'web',
          'http by name': 'web',
          fetch: 'web',
          unix: 'unix',
          http2: 'two',
          net: 'echo',
          dgram: 'gram',
          dns: 'found',
          'nobody there': 'ECONNREFUSED',
        });
        assert.deepEqual(found.uncaught, []);
        assert.equal(found.has, true);
      });

      it('a cluster serves when a child process is granted too', () => {
        const found = run(node, ['--allow-net', '--allow-child-process'], 'cluster.js');
        assert.deepEqual(found, { text: 'from a worker', held: 'function' });
      });

      it('a cluster worker without it may not listen through its primary', () => {
        const found = run(node, ['--allow-child-process'], 'cluster.js');
        assert.equal(found.error, 'ERR_ACCESS_DENIED');
        assert.equal(found.permission, 'Net');
      });
    });

    describe('with --allow-net=example.com', () => {
      const LIST = ['--allow-net=example.com'];
      it('no connection is made, whoever it is to', () => {
        const found = run(node, LIST, 'connect.js', path);
        for (const name of Object.keys(CONNECT)) refused(found.outcomes[name], 'event');
        assert.deepEqual(found.uncaught, []);
      });
      it('no name is resolved', () => {
        const found = run(node, LIST, 'dns.js');
        for (const name of ['dns.lookup', 'dns.resolve', 'Resolver.resolve4'])
          refused(found.outcomes[name], 'callback', 'name.test');
        assert.deepEqual(found.uncaught, []);
      });
      it('a server may listen', () => {
        const found = run(node, LIST, 'listen.js', join(folder, `list-${node.major}`));
        for (const name of [
          'net listen()',
          'net listen(port)',
          'net listen(port, host)',
          'net listen({path})',
          'http listen(port)',
          'http2 listen(port)',
        ]) {
          assert.equal(found.outcomes[name].via, 'listening', `${name} ${JSON.stringify(found.outcomes[name])}`);
        }
        assert.deepEqual(found.uncaught, []);
      });
      it('a datagram socket may be bound and sends nothing', () => {
        const found = run(node, LIST, 'dgram.js');
        assert.equal(found.outcomes['bind(port)'].via, 'listening');
        refused(found.outcomes.connect, ['event', 'throw']);
        assert.deepEqual(found.uncaught, []);
      });
    });

    describe("after drop('net')", () => {
      it('a listening server keeps serving, and a kept-alive connection keeps working', async () => {
        const child = spawn(node.path, ['-r', PRELOAD, join(here, 'service.js')], {
          env: cleanEnv({ PERMIT_OPTIONS: options([...READ, '--allow-net']) }),
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        try {
          const [line] = await once(createInterface(child.stdout), 'line');
          const { port, ...found } = JSON.parse(line);
          assert.deepEqual(found, {
            before: ['/before', false],
            kept: ['/kept', true],
            anew: ['ERR_ACCESS_DENIED', 'Net'],
            late: 'ERR_ACCESS_DENIED',
            has: false,
          });
          for (const page of ['/new', '/end']) {
            const [response] = await once(http.get({ host: '127.0.0.1', port, path: page, agent: false }), 'response');
            let text = '';
            for await (const part of response) text += part;
            assert.equal(text, page);
          }
          await ended;
        } finally {
          child.kill();
        }
      });

      it('a datagram socket that is bound may not send; its callback or its error event hears of it', () => {
        const found = run(node, ['--allow-net'], 'dgram-dropped.js');
        refused(found.outcomes['send with a callback'], 'callback', '127.0.0.1:9');
        refused(found.outcomes.send, 'event', '127.0.0.1:9');
        refused(found.outcomes.connect, ['event', 'throw'], '127.0.0.1:9');
        assert.deepEqual(found.uncaught, []);
      });
    });
  });
}
