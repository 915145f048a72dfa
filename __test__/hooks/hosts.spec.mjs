// What a list of hosts lets through, and what it does not: names, addresses and their spellings,
// ports, sets, servers, datagrams, sockets, name servers. Where nobody answers, ECONNREFUSED says
// that the policy let the call go.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { machine, root } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { descriptorOf, freePort, names } from '../helpers/peers.mjs';
import { FIXTURES, heldBeside, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'net');
const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
const nobody = await freePort();
const server = await names({
  'api.test': ['127.0.0.1'],
  'two.test': ['127.0.0.1', '127.0.0.4'],
  'bücher.test': [],
  'xn--bcher-kva.test': ['127.0.0.1'],
});

/**
 * Runs the deeds of the table under the flags and asserts how each came out. `env` may come with
 * the flags.
 */
async function reaches(node, flags, table, env = {}) {
  const lines = Object.keys(table);
  const found = report(
    await heldBeside(node, [`--allow-fs-read=${here}`, ...flags], [join(here, 'reach.js'), ...lines], { env }),
  );
  assert.deepEqual(found, table);
}

const GONE = 'ECONNREFUSED';

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('an address is allowed at the ports of its grant, in every spelling', () =>
      reaches(node, [`--allow-net=127.0.0.1:${nobody}`], {
        [`connect 127.0.0.1 ${nobody}`]: GONE,
        [`connect ::ffff:127.0.0.1 ${nobody}`]: GONE,
        [`connect 2130706433 ${nobody}`]: GONE,
        [`connect 0x7f.1 ${nobody}`]: GONE,
        [`connect 0177.0.0.1 ${nobody}`]: GONE,
        'connect 127.0.0.1 9': 'refused 127.0.0.1:9 --allow-net=127.0.0.1:9',
        [`connect 127.0.0.2 ${nobody}`]: `refused 127.0.0.2:${nobody} --allow-net=127.0.0.2:${nobody}`,
        'connect 2130706434 9': 'refused 2130706434 --allow-net=127.0.0.2',
        'connect ::1 9': 'refused [::1]:9 --allow-net=[::1]:9',
        'connect localhost 9': 'refused 127.0.0.1:9 (localhost) --allow-net=localhost:9',
      }));

    it('a range and a set cover their addresses', () =>
      reaches(node, ['--allow-net=127.0.0.0/30:9,10,loopback:11'], {
        'connect 127.0.0.3 10': GONE,
        'connect 127.0.0.4 10': 'refused 127.0.0.4:10 --allow-net=127.0.0.4:10',
        'connect 127.0.0.4 11': GONE,
        'connect 0.0.0.0 11': GONE,
        'lookup localhost': 'ok',
        'connect 10.0.0.1 11': 'refused 10.0.0.1:11 --allow-net=10.0.0.1:11',
      }));

    it('a denial is held against every spelling of the address, and against this machine by no address', () =>
      reaches(node, ['--allow-net', '--deny-net=loopback,metadata,10.0.0.0/8'], {
        'connect 127.0.0.1 9': 'refused 127.0.0.1:9',
        'connect 0.0.0.0 9': 'refused 0.0.0.0:9',
        'connect :: 9': 'refused [::]:9',
        'connect ::ffff:127.8.9.1 9': 'refused [::ffff:127.8.9.1]:9',
        'connect 64:ff9b::a9fe:a9fe 80': 'refused [64:ff9b::a9fe:a9fe]:80',
        'connect 169.254.169.254 80': 'refused 169.254.169.254:80',
        'connect 2852039166 80': 'refused 2852039166',
        'connect fd00:ec2::254 80': 'refused [fd00:ec2::254]:80',
        'connect 10.255.0.1 80': 'refused 10.255.0.1:80',
        'send 9 127.0.0.1': 'refused 127.0.0.1:9',
        'lookup localhost': 'refused localhost',
      }));

    it('a name is pinned to what it resolves to, at the ports of its grant', () =>
      reaches(node, [`--allow-net=localhost:${nobody}`], {
        [`connect 127.0.0.1 ${nobody}`]: `refused 127.0.0.1:${nobody} --allow-net=127.0.0.1:${nobody}`,
        'lookup LOCALHOST': 'ok',
        [`connect ::ffff:127.0.0.1 ${nobody}`]: GONE,
        'connect 127.0.0.1 9': 'refused 127.0.0.1:9 (localhost) --allow-net=localhost:9',
        'lookup example.com': 'refused example.com --allow-net=example.com',
        'resolve localhost.example.com': 'refused localhost.example.com --allow-net=localhost.example.com',
      }));

    it('the answers of a name server pin, and the server is a destination', () =>
      reaches(
        node,
        [`--allow-net=127.0.0.1:${server},*.test:${nobody}`, '--deny-net=127.0.0.4', '--allow-net-listen=:1'],
        {
          [`connect 127.0.0.1 ${nobody}`]: `refused 127.0.0.1:${nobody} --allow-net=127.0.0.1:${nobody}`,
          [`servers 127.0.0.1:${nobody}`]: 'ok',
          'resolve two.test': `refused 127.0.0.1:${nobody} --allow-net=127.0.0.1:${nobody}`,
          [`servers 127.0.0.1:${server}`]: 'ok',
          'resolve two.test A': '127.0.0.1,127.0.0.4',
          [`connect 0x7f000001 ${nobody}`]: GONE,
          [`connect ::ffff:127.0.0.1 ${nobody}`]: GONE,
          [`connect 127.0.0.4 ${nobody}`]: `refused 127.0.0.4:${nobody} (two.test)`,
          'resolve test': 'refused test --allow-net=test',
          'resolve bücher.test': '127.0.0.1',
          'resolve api.test ANY': '127.0.0.1',
          'resolve evil.example MX': 'refused evil.example --allow-net=evil.example',
        },
      ));

    it('a name server on this machine does not pin where the program itself may listen', () =>
      reaches(node, [`--allow-net=127.0.0.1:${server},*.test:${nobody}`], {
        [`servers 127.0.0.1:${server}`]: 'ok',
        'resolve two.test A': '127.0.0.1,127.0.0.4',
        [`connect 127.0.0.1 ${nobody}`]: `refused 127.0.0.1:${nobody} --allow-net=127.0.0.1:${nobody}`,
      }));

    it('an address is resolved back where it is granted', () =>
      reaches(node, ['--allow-net=127.0.0.1:80'], {
        'service 127.0.0.1': 'ok',
        'service 127.0.0.2': 'refused 127.0.0.2 --allow-net=127.0.0.2',
        'reverse 127.0.0.2': 'refused 127.0.0.2 --allow-net=127.0.0.2',
      }));

    it('a resolver that the program steers by a variable is not asked', () =>
      heldBeside(node, ['--allow-net=localhost'], [join(here, 'aliases.js')]).then((result) =>
        assert.deepEqual(report(result), ['ERR_ACCESS_DENIED', 'Net']),
      ));

    it('a program cannot complete a lookup with an address of its own', async () => {
      const flags = [`--allow-fs-read=${here}`, '--allow-net=localhost'];
      const found = report(await heldBeside(node, flags, [join(here, 'forge.js'), String(nobody)]));
      assert.ok(found.seen > 0, 'no request was at hand');
      assert.equal(found.outcomes['an address of its own'].code, 'ERR_ACCESS_DENIED');
      assert.equal(found.outcomes['the name'].code, GONE);
    });

    it('servers listen where a list of their own says', () =>
      reaches(node, [`--allow-net-listen=:${nobody},127.0.0.2:*`], {
        [`listen ${nobody}`]: 'ok',
        [`listen ${nobody} 127.0.0.1`]: 'ok',
        [`listen ${nobody} localhost`]: 'ok',
        'listen 0': 'refused :0 --allow-net-listen=:0',
        'listen 0 127.0.0.1': 'refused 127.0.0.1:0 --allow-net-listen=127.0.0.1:0',
        'listen 0 127.0.0.2': 'ok',
        'listen 0 0.0.0.0': 'refused 0.0.0.0:0 --allow-net-listen=:0',
        'listen 0 example.com': 'refused example.com:0 --allow-net=example.com',
        [`bind ${nobody}`]: 'ok',
        [`bound ${nobody}`]: 'true',
        'bind 0 127.0.0.2': 'ok',
        'bind 0': 'refused :0 --allow-net-listen=:0',
        'listen @permit-hosts': 'refused unix:\0permit-hosts --allow-net-listen=unix:@permit-hosts',
        [`connect 127.0.0.1 ${nobody}`]: `refused 127.0.0.1:${nobody} (localhost) --allow-net=localhost:${nobody}`,
      }));

    it('port zero is any port that the system picks', () =>
      reaches(node, ['--allow-net-listen=127.0.0.1:0', `--allow-net=127.0.0.1:${nobody}`], {
        'listen 0 127.0.0.1': 'ok',
        [`from 127.0.0.1 ${nobody}`]: GONE,
        [`from 127.0.0.2 ${nobody}`]: 'refused 127.0.0.2:0 --allow-net-listen=127.0.0.2:0',
        [`listen ${nobody} 127.0.0.2`]: `refused 127.0.0.2:${nobody} --allow-net-listen=127.0.0.2:${nobody}`,
      }));

    it('a denied port is not listened at, and a server on every address is one on the denied one', () =>
      reaches(node, ['--allow-net=example.com', `--deny-net-listen=:${nobody},10.0.0.1`], {
        'listen 0 127.0.0.1': 'ok',
        [`listen ${nobody} 127.0.0.1`]: `refused 127.0.0.1:${nobody}`,
        'listen 0': 'refused :0',
      }));

    it('sockets are allowed by their path and what it leads to', async () => {
      const folder = scratch();
      for (const name of ['real', 'other']) mkdirSync(join(folder, name));
      symlinkSync(join(folder, 'real'), join(folder, 'link'));
      symlinkSync(join(folder, 'other/x'), join(folder, 'real/out'));
      await reaches(node, [`--allow-net=unix:${folder}/link/x,unix:@permit-x,unix:${folder}/real/out`], {
        [`unix ${folder}/real/x`]: 'ENOENT',
        [`unix ${folder}/link/../link/x`]: 'ENOENT',
        [`unix ${folder}/other/x`]: 'ENOENT',
        [`unix ${folder}/y`]: `refused unix:${folder}/y --allow-net=unix:${folder}/y`,
        'unix @permit-x': GONE,
        'unix @permit-y': 'refused unix:\0permit-y --allow-net=unix:@permit-y',
      });
      await reaches(node, [`--allow-net=unix:${folder}/later`, '--allow-fs-write=*', '--allow-fs-read=*'], {
        [`unix ${folder}/later`]: 'ENOENT',
        [`listen ${folder}/served`]: 'ok',
      });
    });

    it('datagrams go where they are granted, also those of a connected socket after a drop', () =>
      reaches(node, [`--allow-net=127.0.0.1:${nobody},9,localhost:10`], {
        [`send ${nobody} 127.0.0.1`]: 'ok',
        'send 10 127.0.0.1': 'refused 127.0.0.1:10 --allow-net=127.0.0.1:10',
        'send 10 localhost': 'ok',
        'send 11 localhost': 'refused 127.0.0.1:11 (localhost) --allow-net=localhost:11',
        'speak 10 localhost': 'ok',
        'speak 11 localhost': 'refused 127.0.0.1:11 (localhost) --allow-net=localhost:11',
        'speak 9 127.0.0.1': 'ok',
        again: 'ok',
        'drop net 127.0.0.1:9': 'ok',
        'again ': 'refused 127.0.0.1:9 (localhost)',
        'speak 9 127.0.0.1 ': 'refused 127.0.0.1:9 (localhost)',
      }));

    it('a group is joined where a server may be, and sent to where it is granted', async () => {
      await reaches(node, [`--allow-net=224.0.0.114:${nobody}`], {
        [`group 224.0.0.114 ${nobody}`]: 'x',
        [`join 224.0.0.115 ${nobody}`]: 'ok',
        'join 224.0.0.115': 'ok',
        [`send ${nobody} 224.0.0.115`]: `refused 224.0.0.115:${nobody} --allow-net=224.0.0.115:${nobody}`,
        'send 9 255.255.255.255': 'refused 255.255.255.255:9 --allow-net=255.255.255.255:9',
      });
      await reaches(
        node,
        [`--allow-net=224.0.0.114:${nobody}`, `--allow-net-listen=224.0.0.114:${nobody},127.0.0.1:${nobody}`],
        {
          [`group 224.0.0.114 ${nobody}`]: 'x',
          [`join 224.0.0.114 ${nobody}`]: 'ok',
          [`join 224.0.0.115 ${nobody}`]: `refused 224.0.0.115:${nobody} --allow-net-listen=224.0.0.115:${nobody}`,
          [`source 232.1.1.1 ${nobody}`]: `refused 232.1.1.1:${nobody} --allow-net-listen=232.1.1.1:${nobody}`,
          'join 224.0.0.114': 'refused :0 --allow-net-listen=:0',
          'join nothing@all': `refused :0 --allow-net-listen=:0`,
        },
      );
      await reaches(node, ['--allow-net', '--deny-net-listen=224.0.0.0/4'], {
        [`join 224.0.0.114 ${nobody}`]: `refused 224.0.0.114:${nobody}`,
        [`join nothing@all ${nobody}`]: `refused nothing@all:${nobody}`,
      });
    });

    it('a socket that was opened elsewhere is one at the address that it is bound to', async () => {
      const [datagrams, listener] = [createSocket('udp4'), createServer()];
      after(() => {
        for (const made of [datagrams, listener]) made.close();
      });
      await Promise.all([
        once(datagrams.bind(0, '127.0.0.1'), 'listening'),
        once(listener.listen(0, '127.0.0.1'), 'listening'),
      ]);
      const [one, two] = [datagrams, listener].map((made) => made.address().port);
      const open = [descriptorOf(datagrams), listener._handle.fd, descriptorOf(datagrams)];
      const adopts = async (flags) => {
        const { outcomes, uncaught } = report(
          await heldBeside(node, [`--allow-fs-read=${here}`, ...flags], [join(here, 'adopt.js')], { open }),
        );
        assert.deepEqual(uncaught, []);
        return Object.fromEntries(
          Object.entries(outcomes).map(([name, { via, value, code, permission, resource }]) => [
            name,
            code === 'ERR_ACCESS_DENIED' ? `${permission} ${resource}` : (value ?? via),
          ]),
        );
      };
      const fine = {
        'bind({fd})': 'listening',
        'a raw handle': 'opened',
        'listen({fd})': 'listening',
        'bind(handle)': 'listening',
      };
      assert.deepEqual(await adopts([`--allow-net-listen=127.0.0.1:${one},${two},127.0.0.3`]), fine);
      assert.deepEqual(await adopts(['--allow-net-listen=127.0.0.1:0,127.0.0.3']), fine);
      assert.deepEqual(await adopts(['--allow-net=example.com']), fine);
      assert.deepEqual(await adopts(['--allow-net-listen=127.0.0.1:1,127.0.0.3:*', '--deny-net-listen=127.0.0.2']), {
        'bind({fd})': `Net 127.0.0.1:${one}`,
        'a raw handle': `Net 127.0.0.1:${one}`,
        'listen({fd})': `Net 127.0.0.1:${two}`,
        'bind(handle)': 'listening',
      });
    });

    it('has() tells what calls are told', () =>
      reaches(
        node,
        [
          `--allow-net=localhost:80,443,*.example.com,10.0.0.0/8:5432`,
          '--allow-net-listen=:3000',
          '--deny-net=bad.example.com',
        ],
        {
          'has net': 'false',
          'has net localhost:443': 'true',
          'has net localhost:80,443': 'true',
          'has net localhost': 'false',
          'has net localhost:81': 'false',
          'has net.connect LOCALHOST.:80': 'true',
          'has net.resolve localhost': 'true',
          'has net a.b.example.com': 'true',
          'has net example.com': 'false',
          'has net bad.example.com:1': 'false',
          'has net *.example.com': 'false',
          'has net 10.1.2.3:5432': 'true',
          'has net 10.1.0.0/16:5432': 'true',
          'has net 10.1.2.3': 'false',
          'has net.listen :3000': 'true',
          'has net.listen 127.0.0.1:3000': 'true',
          'has net.listen :3001': 'false',
          'has net.connect 127.0.0.1:80': 'false',
          'lookup localhost': 'ok',
          'has net.connect 127.0.0.1:80 ': 'true',
          'has net nothing@all': 'false',
        },
      ));

    it('drop() of a host takes it and no more, with what was learnt from it', () =>
      reaches(node, ['--allow-net'], {
        'lookup localhost': 'ok',
        'connect 127.0.0.1 9': GONE,
        'drop net 127.0.0.2:9': 'ok',
        'connect 127.0.0.2 9': 'refused 127.0.0.2:9',
        'connect 127.0.0.2 10': GONE,
        'drop net localhost:9': 'ok',
        'connect localhost 9': 'refused 127.0.0.1:9 (localhost)',
        'connect localhost 10': GONE,
        'drop net localhost': 'ok',
        'connect 127.0.0.1 10': 'refused 127.0.0.1:10 (localhost)',
        'lookup localhost ': 'refused localhost',
        'connect 127.0.0.3 9': GONE,
        'has net 127.0.0.3:9': 'true',
        'has net': 'false',
        'has net.listen': 'true',
        'drop net 127.0.0.0/8': 'ok',
        'connect 127.0.0.3 9 ': 'refused 127.0.0.3:9',
        'listen 0': 'ok',
        'drop net.listen :0': 'ok',
        'listen 0 ': 'refused :0',
        'listen 0 127.0.0.1': 'refused 127.0.0.1:0',
      }));

    it(
      'the system refuses a low port with its own code, and the debug output says that the policy let it go',
      {
        // Root starts a program as somebody else.
        skip: root() || machine(lowest >= 2, 'ports that only root may bind'),
      },
      async () => {
        // As somebody who may not bind it.
        const args = [join(here, 'low-port.js'), String(lowest - 1)];
        const result = await heldBeside(node, ['--allow-net'], args, { env: { NODE_DEBUG: 'permission' } });
        assert.deepEqual(report(result), { code: 'EACCES' });
        assert.match(result.stderr, new RegExp(`PERMISSION \\d+: allow net\\.listen 127\\.0\\.0\\.1:${lowest - 1}\n`));
      },
    );

    it('what is learnt is known to the threads of the process and not to its children, and a drop takes it', async () => {
      const flags = [
        `--allow-fs-read=${here}`,
        `--allow-net=localhost:${nobody}`,
        '--allow-worker',
        '--allow-child-process',
      ];
      const found = report(await heldBeside(node, flags, [join(here, 'sharing.js'), String(nobody)]));
      assert.deepEqual(found, { before: 'Net', after: GONE, inWorker: GONE, inChild: 'Net', dropped: 'Net' });
    });
  });
}
