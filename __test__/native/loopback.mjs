// What the network rows talk to, all of it on loopback: an HTTP server on TCP and on a UNIX socket,
// and a name server that knows no name.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Opens them: `env` for the programs, `hidden` for what must not show in a row, `close`. */
export async function loopback() {
  const folder = mkdtempSync(join(tmpdir(), 'permit-native-'));
  const path = join(folder, 'http');
  const answer = (request, response) => response.writeHead(200, { connection: 'close' }).end('x');
  const [tcp, unix] = [createServer(answer).listen(0, '127.0.0.1'), createServer(answer).listen(path)];
  const names = createSocket('udp4');
  names.on('message', (query, from) => {
    const reply = Buffer.from(query);
    reply.writeUInt16BE(0x8183, 2); // an answer, and it is NXDOMAIN
    names.send(reply, from.port, from.address);
  });
  names.bind(0, '127.0.0.1');
  await Promise.all([once(tcp, 'listening'), once(unix, 'listening'), once(names, 'listening')]);
  const port = String(tcp.address().port);
  return {
    env: { NET_TCP: port, NET_UNIX: path, NET_DNS: `127.0.0.1:${names.address().port}` },
    hidden: [
      [path, '$UNIX'],
      [`:${port}`, ':$PORT'],
    ],
    close() {
      tcp.close();
      tcp.closeAllConnections();
      unix.close();
      names.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
