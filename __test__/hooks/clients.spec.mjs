// Every client that Node and its users have, under a list of hosts: agents, HTTP/2, TLS, fetch and
// its redirects, WebSocket, proxies, and names that have several addresses.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { WebSocketServer } from 'ws';
import { certificate } from '../helpers/certificate.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { names, proxy, web } from '../helpers/peers.mjs';
import { FIXTURES, ROOT, heldBeside, report } from '../helpers/run.mjs';

const here = join(FIXTURES, 'net');
const page = (await web((url) => `page ${url}`)).address().port;
const moved = (await web(() => ({ location: `http://127.0.0.1:${page}/` }))).address().port;
const plain = http2.createServer((request, response) => response.end('two'));
const hidden = tls.createServer(certificate('localhost'), (socket) => socket.on('error', () => {}));
const echo = new WebSocketServer({ port: 0, host: '127.0.0.1' });
echo.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
await Promise.all(
  [plain, hidden].map((made) => once(made.listen(0, '127.0.0.1'), 'listening')).concat(once(echo, 'listening')),
);
const [two, secure, socket] = [plain, hidden, echo].map((made) => made.address().port);
const reached = [];
const never = net.createServer((made) => {
  reached.push(made.localAddress);
  made.destroy();
});
await once(never.listen(page, '127.0.0.4'), 'listening');
after(() => {
  for (const made of [plain, hidden, echo, never]) made.close();
});

const run = async (node, flags, program, args, env = {}) =>
  report(
    await heldBeside(node, [`--allow-fs-read=${here}`, ...flags], [join(here, program), ...args.map(String)], { env }),
  );
const values = (outcomes) =>
  Object.fromEntries(
    Object.entries(outcomes).map(([name, outcome]) => [name, outcome.value ?? outcome.resource ?? outcome.via]),
  );
const PACKAGES = [`--allow-fs-read=${join(ROOT, 'node_modules')}`, `--allow-fs-read=${join(ROOT, 'package.json')}`];

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('every client gets to the name at its port and to no other', async () => {
      const { outcomes, uncaught } = await run(node, [`--allow-net=localhost:${page},${two},${secure}`], 'clients.js', [
        page,
        two,
        secure,
        moved,
      ]);
      const fine = {
        agent: 'page / false',
        http2: 'two',
        tls: 'secureConnect',
        fetch: 'page /',
        'agent after the drop': 'page / true',
      };
      for (const [name, value] of Object.entries(fine)) {
        assert.equal(outcomes[name].value ?? outcomes[name].via, value, `${name} ${JSON.stringify(outcomes[name])}`);
      }
      for (const name of ['agent elsewhere', 'http2 elsewhere', 'tls elsewhere', 'fetch elsewhere']) {
        assert.equal(outcomes[name].permission, 'Net', `${name} ${JSON.stringify(outcomes[name])}`);
        assert.equal(outcomes[name].resource, `127.0.0.1:${moved}`, name);
      }
      assert.equal(outcomes['a new connection after the drop'].permission, 'Net');
      assert.deepEqual(uncaught, []);
    });

    it('WebSockets talk to the name at its port and to no other', async () => {
      const { outcomes, uncaught } = await run(node, [`--allow-net=localhost:${socket}`, ...PACKAGES], 'sockets.js', [
        socket,
        page,
      ]);
      const kinds = node.major >= 22 ? ['own', 'ws', 'undici'] : ['ws', 'undici'];
      assert.deepEqual(
        Object.keys(outcomes),
        kinds.flatMap((kind) => [kind, `${kind} elsewhere`]),
      );
      for (const kind of kinds) {
        assert.equal(outcomes[kind].value, 'said', JSON.stringify(outcomes[kind]));
        const elsewhere = outcomes[`${kind} elsewhere`];
        assert.equal(elsewhere.via, 'error', kind);
        assert.deepEqual(elsewhere.refused, [`127.0.0.1:${page}`], kind);
      }
      assert.equal(outcomes['ws elsewhere'].code, 'ERR_ACCESS_DENIED');
      assert.deepEqual(uncaught, []);
    });

    it('a redirect is a connection of its own', async () => {
      const outcomes = await run(node, [`--allow-net=127.0.0.1:${moved}`], 'reach.js', [
        `fetch http://127.0.0.1:${moved}/`,
        `fetch http://127.0.0.1:${page}/`,
      ]);
      const refusal = `refused 127.0.0.1:${page} --allow-net=127.0.0.1:${page}`;
      assert.deepEqual(Object.values(outcomes), [refusal, refusal]);
    });

    it('a proxy is the destination, and reaches what it reaches', async () => {
      const at = `127.0.0.1:${await proxy()}`;
      const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: `http://${at}`, http_proxy: `http://${at}` };
      const through = await run(node, [`--allow-net=${at}`, ...PACKAGES], 'proxied.js', [`http://${at}`], env);
      const past = await run(node, ['--allow-net=far.test', ...PACKAGES], 'proxied.js', [`http://${at}`], env);
      const ways = [
        'ProxyAgent',
        'ProxyAgent without a tunnel',
        'EnvHttpProxyAgent',
        'fetch',
        'http.get',
        'http.Agent',
      ];
      // Node 20 has no proxies of its own: there the page is asked of the host itself.
      const by = node.major >= 22 ? ways : ways.slice(0, 3);
      assert.deepEqual(
        values(through.outcomes),
        Object.fromEntries(ways.map((way) => [way, by.includes(way) ? 'page by proxy' : 'far.test'])),
      );
      for (const way of by) {
        const { permission, resource } = past.outcomes[way];
        assert.deepEqual({ permission, resource }, { permission: 'Net', resource: at }, way);
      }
      assert.deepEqual([...through.uncaught, ...past.uncaught], []);
    });

    describe('a name with several addresses', () => {
      let found;
      const deed = async () => {
        const server = await names({
          'good-last.test': ['127.0.0.4', '127.0.0.1'],
          'good-first.test': ['127.0.0.1', '127.0.0.4'],
          'bad.test': ['127.0.0.4', '127.0.0.5'],
          'gone-first.test': ['127.0.0.6', '127.0.0.4'],
          'gone-last.test': ['127.0.0.4', '127.0.0.6'],
          'gone.test': ['127.0.0.6', '127.0.0.7'],
        });
        const flags = [
          `--allow-net=127.0.0.1:${server},*.test:${page},${secure}`,
          '--deny-net=127.0.0.4,127.0.0.5',
          // A name server of this machine is believed where the program may not listen.
          '--allow-net-listen=:1',
          '--audit-log=stderr',
        ];
        const hosts = ['good-last', 'good-first', 'bad', 'gone-first', 'gone-last', 'gone'].map(
          (name) => `${name}.test`,
        );
        const lines = hosts.flatMap((host) => [`net ${host} ${page}`, `tls ${host} ${secure}`, `http ${host} ${page}`]);
        const result = await heldBeside(
          node,
          [`--allow-fs-read=${here}`, ...flags],
          [join(here, 'addresses.js'), server, ...lines].map(String),
          { env: { NODE_DEBUG: 'permission' } },
        );
        return { ...report(result), stderr: result.stderr };
      };
      const each = async (host, look) => {
        found ??= await deed();
        for (const [way, port] of [
          ['net', page],
          ['tls', secure],
          ['http', page],
        ]) {
          const refusal = (last) => ({
            code: 'ERR_ACCESS_DENIED',
            permission: 'Net',
            resource: `127.0.0.${last}:${port}`,
            host,
          });
          look(found.ends[`${way} ${host} ${port}`], refusal);
        }
      };

      it('is reached at the one that is allowed, whatever comes first', async () => {
        await each('good-last.test', (end, refusal) =>
          assert.deepEqual(end, {
            failed: [['127.0.0.4', refusal(4)]],
            remoteAddress: '127.0.0.1',
            localAddress: '127.0.0.1',
          }),
        );
        await each('good-first.test', (end) =>
          assert.deepEqual(end, { failed: [], remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' }),
        );
      });
      it('is refused if all are', () =>
        each('bad.test', ({ failed, name, message, stack, errors, ...end }, refusal) => {
          assert.deepEqual(end, refusal(4));
          assert.deepEqual(errors, [refusal(4), refusal(5)]);
          assert.deepEqual(failed, [
            ['127.0.0.4', refusal(4)],
            ['127.0.0.5', refusal(5)],
          ]);
          assert.equal(name, 'AggregateError');
          assert.match(message, /^connect ERR_ACCESS_DENIED Access to this API has been restricted\./);
          assert.ok(stack.includes(message), stack);
        }));
      it('ends with the error of the first, and tells each', async () => {
        await each('gone-first.test', (end, refusal) => {
          assert.equal(end.code, 'ECONNREFUSED');
          assert.equal(end.permission, undefined);
          assert.deepEqual(end.errors, [{ code: 'ECONNREFUSED' }, refusal(4)]);
        });
        await each('gone-last.test', ({ code, permission, resource, host, errors }, refusal) => {
          assert.deepEqual({ code, permission, resource, host }, refusal(4));
          assert.deepEqual(errors, [refusal(4), { code: 'ECONNREFUSED' }]);
        });
      });
      it('fails as ever if nobody is there', () =>
        each('gone.test', ({ code, permission, message, errors }) => {
          assert.deepEqual({ code, permission, message }, { code: 'ECONNREFUSED', permission: undefined, message: '' });
          assert.deepEqual(errors, [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }]);
        }));
      it('is named in the debug output and in each record', async () => {
        await each('bad.test', () => {});
        assert.match(
          found.stderr,
          new RegExp(`PERMISSION \\d+: deny net\\.connect 127\\.0\\.0\\.5:${page} \\(bad\\.test\\)\n`),
        );
        const records = found.stderr
          .split('\n')
          .filter((line) => line.startsWith('{"v":1'))
          .map((line) => JSON.parse(line));
        const bad = records
          .filter(({ host }) => host === 'bad.test')
          .map(({ value, permission }) => `${permission} ${value}`);
        assert.deepEqual(
          [...new Set(bad)].toSorted(),
          [4, 5].flatMap((last) => [page, secure].map((port) => `Net 127.0.0.${last}:${port}`)).toSorted(),
        );
      });
      it('ends no process, and nobody connects to what is refused', async () => {
        await each('bad.test', () => {});
        assert.deepEqual(found.uncaught, []);
        assert.deepEqual(reached, []);
      });
    });
  });
}
