// A registry on this machine. It serves package managers the tarballs and manifests of the scope @org.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * Serves packages until the server is closed.
 * @param {{ manifest: object, tarball: string }[]} packages
 * @returns {Promise<{ url: string, asked: string[], server: import('node:http').Server }>}
 */
export async function serve(packages) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url);
    asked.push(path);
    const tarball = packages.find(({ manifest }) => path === `/${manifest.name}.tgz`);
    if (tarball !== undefined) return response.end(readFileSync(tarball.tarball));
    const found = packages.find(({ manifest }) => path === `/${manifest.name}`);
    if (found === undefined) return response.writeHead(404).end('{}');
    const { manifest } = found;
    const bytes = readFileSync(found.tarball);
    const dist = {
      tarball: `${url}${manifest.name}.tgz`,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
      shasum: createHash('sha1').update(bytes).digest('hex'),
    };
    response.setHeader('content-type', 'application/json');
    return response.end(
      JSON.stringify({
        name: manifest.name,
        'dist-tags': { latest: manifest.version },
        // An old one: some package managers wait before they take what is new.
        time: { [manifest.version]: '2020-01-01T00:00:00.000Z' },
        versions: { [manifest.version]: { ...manifest, dist } },
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  return { url, asked, server };
}
