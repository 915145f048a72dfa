// A service that talks to Redis, PostgreSQL and an API over HTTPS, with exactly those three
// granted: it works, and gets nowhere else, by no way that Node has.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { certificate } from '../helpers/certificate.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { programs } from '../helpers/needs.mjs';
import { names, postgres, redis, web } from '../helpers/peers.mjs';
import { FIXTURES, ROOT, heldBeside, report, scratch } from '../helpers/run.mjs';

const GRANTED = {
  redis: 'kept',
  postgres: 'row',
  api: 'secure /hello',
  'listens on 127.0.0.1': 'listens',
  'listens on localhost': 'listens',
  'listens on undefined': 'listens',
  'a name of the name server': 'connect',
  'the first address of a rebinding name': 'connect',
};

const absent = programs('redis-server', 'postgres', 'initdb');

/** Starts everybody, and tells where they are. */
async function start() {
  const secure = certificate('localhost');
  const ca = join(scratch(), 'ca.pem');
  writeFileSync(ca, secure.cert);
  const other = (await web(() => 'plain')).address().port;
  const places = { '/port': { location: `http://localhost:${other}/` }, '/name': { location: 'http://name.test/' } };
  const api = (await web((url) => places[url] ?? `secure ${url}`, secure)).address().port;
  const { port, socket } = await redis();
  const server = await names({
    'api.test': ['127.0.0.1'],
    'evil.test': ['127.0.0.1'],
    'rebinding.test': [['127.0.0.1'], ['127.0.0.3']],
    'cloud.test': ['169.254.169.254'],
  });
  const to = { redis: port, postgres: await postgres(), api, other, socket, names: server };
  const refused = {
    'another port': ['event', `127.0.0.1:${other}`],
    'another port, by fetch': ['reject', `127.0.0.1:${other}`],
    'another name': ['event', 'name.test'],
    'an address': ['event', `127.0.0.2:${api}`],
    'an address as a number': ['event', '2130706434'],
    'a redirect to another port': ['reject', `127.0.0.1:${other}`],
    'a redirect to another name': ['reject', 'name.test'],
    'a socket': ['event', `unix:${socket}`],
    'a datagram': ['callback', `127.0.0.1:${other}`],
    'a lookup of its own': ['event', `127.0.0.2:${api}`],
    'another name at the same address': ['event', 'evil.test'],
    'the second address of a rebinding name': ['event', `127.0.0.3:${api}`],
    'a name at the address of credentials': ['event', '169.254.169.254:80'],
  };
  return { to, refused, env: { NODE_EXTRA_CA_CERTS: ca } };
}

const { to, refused, env } = absent ? {} : await start();

describe('three destinations', { skip: absent }, () => {
  for (const node of NODES) {
    it(`are all that a service gets to on Node ${node.version}`, async () => {
      const { redis: one, postgres: two, api: three } = to;
      const flags = [
        `--allow-net=localhost:${one},${two},${three}`,
        // The parts with a name server of their own.
        `--allow-net=127.0.0.1:${to.names},api.test:${three},rebinding.test,cloud.test`,
        '--deny-net=metadata,127.0.0.3',
        `--allow-fs-read=${FIXTURES}`,
        `--allow-fs-read=${join(ROOT, 'node_modules')}`,
        `--allow-fs-read=${join(ROOT, 'package.json')}`,
      ];
      const found = report(
        await heldBeside(node, flags, [join(FIXTURES, 'net/destinations.js'), JSON.stringify(to)], { env }),
      );
      const outcomes = { ...found.outcomes };
      for (const [name, value] of Object.entries(GRANTED)) {
        const { via, value: said } = outcomes[name] ?? {};
        assert.equal(said ?? via, value, `${name}: ${JSON.stringify(outcomes[name])}`);
        delete outcomes[name];
      }
      for (const [name, outcome] of Object.entries(outcomes)) {
        const said = `${name}: ${JSON.stringify(outcome)}`;
        const [via, resource] = refused[name];
        assert.equal(outcome.code, 'ERR_ACCESS_DENIED', said);
        assert.equal(outcome.permission, 'Net', said);
        assert.equal(outcome.resource, resource, said);
        assert.equal(outcome.via, via, said);
      }
      assert.deepEqual(Object.keys(outcomes).sort(), Object.keys(refused).sort());
      assert.deepEqual(found.uncaught, []);
    });
  }
});
