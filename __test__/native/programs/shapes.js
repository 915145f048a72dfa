// The shapes in which a path reaches node:fs: strings, Buffers, URLs, detours, and what is no path
// at all.
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const named = (dir, name) => `${dir}/${name}`;

/**
 * name -> (absolute path) -> argument. Those of `odd` are none that Node takes as the plain path.
 */
exports.good = {
  string: (p) => p,
  buffer: (p) => Buffer.from(p),
  uint8: (p) => new Uint8Array(Buffer.from(p)),
  'uint8 offset': (p) =>
    new Uint8Array(new Uint8Array([47, 120, 120, ...Buffer.from(p), 120, 121]).buffer, 3, Buffer.byteLength(p)),
  'shared uint8': (p) => {
    const bytes = Buffer.from(p);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  },
  url: (p) => pathToFileURL(p),
  relative: (p) => path.relative(process.cwd(), p) || '.',
  'relative buffer': (p) => Buffer.from(path.relative(process.cwd(), p) || '.'),
  'dot relative': (p) => `./${path.relative(process.cwd(), p)}`,
  dotdot: (p) => named(path.dirname(p), `../${path.basename(path.dirname(p))}/${path.basename(p)}`),
  'dotdot missing': (p) => named(path.dirname(p), `nowhere/../${path.basename(p)}`),
  'dotdot buffer': (p) =>
    Buffer.from(named(path.dirname(p), `../${path.basename(path.dirname(p))}/${path.basename(p)}`)),
  'dotdot over root': (p) => `/../..${p}`,
  'double slash': (p) => p.replace(/\//g, '//'),
  'leading slashes': (p) => `//${p}`,
  'dot segments': (p) => p.replace(/\//g, '/./'),
  'trailing slash': (p) => `${p}/`,
  'trailing dot': (p) => `${p}/.`,
  'long detour': (p) => `${path.dirname(p)}/${'./'.repeat(1500)}${path.basename(p)}`,
  'url escaped': (p) => new URL(`file://${p.replace('f', '%66').replace('sub', '%73ub')}`),
  'url dotdot': (p) => new URL(`file://${path.dirname(p)}/x/%2e%2e/${path.basename(p)}`),
};

exports.odd = {
  'too long': (p) => `${path.dirname(p)}/${'a'.repeat(5000)}`,
  'long name': (p) => `${path.dirname(p)}/${'a'.repeat(300)}`,
  unicode: (p) => `${path.dirname(p)}/ünï ✓ 🙂.txt`,
  'unicode buffer': (p) => Buffer.from(`${path.dirname(p)}/ünï ✓ 🙂.txt`),
  decomposed: (p) => `${path.dirname(p)}/u\u0308.txt`,
  'lone surrogate': (p) => `${path.dirname(p)}/\ud800.txt`,
  'not utf8': (p) => Buffer.concat([Buffer.from(`${path.dirname(p)}/`), Buffer.from([0xff, 0xfe])]),
  nul: (p) => `${p}\0x`,
  'nul buffer': (p) => Buffer.from(`${p}\0x`),
  'nul url': (p) => new URL(`file://${p}%00x`),
  star: (p) => `${path.dirname(p)}/*`,
  tilde: (p) => `~${p.replaceAll('/', '_')}`,
  'file url string': (p) => `file://${p}`,
  newline: (p) => `${path.dirname(p)}/a\nb`,
  empty: () => '',
  'empty buffer': () => Buffer.alloc(0),
  'http url': () => new URL('http://127.0.0.1/f.txt'),
  'url host': (p) => new URL(`file://host${p}`),
  'url slash': (p) => new URL(`file://${p}%2Fx`),
  'url like': (p) => ({
    href: `file://${p}`,
    protocol: 'file:',
    pathname: p,
    hostname: '',
    host: '',
    search: '',
    hash: '',
  }),
  'String object': (p) => new String(p),
  'to string': (p) => ({ toString: () => p }),
  number: () => 99999,
  'minus one': () => -1,
  null: () => null,
  undefined: () => undefined,
  true: () => true,
  symbol: () => Symbol('p'),
  array: (p) => [p],
  uint16: () => new Uint16Array(4),
  dataview: () => new DataView(new ArrayBuffer(4)),
  arraybuffer: () => new ArrayBuffer(4),
};
