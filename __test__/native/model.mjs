// A naive model of `has` and `drop`, written from DESIGN sections 2 and 3 and nothing else: a list
// of grants, a list of what was dropped, a loop. It settles who is right where Node and permit
// differ.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders that exist below the root of the question program (see tree.mjs). */
const FOLDERS = [
  '',
  'R',
  'W',
  'B',
  'N',
  ...['R', 'W', 'B', 'N'].flatMap((place) => [`${place}/0`, `${place}/0/sub`, `${place}/0/sub/deep`]),
];

/**
 * The scopes that one flag grants whole. `net` and `child` can be given up host by host, program by
 * program.
 */
const FLAGS = {
  net: '--allow-net',
  child: '--allow-child-process',
  worker: '--allow-worker',
  addon: '--allow-addons',
  wasi: '--allow-wasi',
  inspector: '--allow-inspector',
  ffi: '--allow-ffi',
  'openssl.store': '--allow-openssl-store',
};
const PARTLY = new Set(['net', 'child']);

const below = (folder, path) => path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

/**
 * What a dropped pattern takes away besides the path of that name: what it matches, with everything
 * below.
 */
function matches(path) {
  const pattern = path?.replace(/\*$/, '') ?? '';
  if (!/[*?]/.test(pattern)) return () => false;
  // One that is too large to be looked for takes all: what cannot be taken away in part goes as a
  // whole.
  if (path.length > 2000) return () => true;
  const parts = path.split('/').map((part) =>
    part === '**'
      ? '.*'
      : part
          .replace(/[.+^$()|\\{}[\]]/g, '\\$&')
          .replaceAll('*', '[^/]*')
          .replaceAll('?', '[^/]'),
  );
  const regex = new RegExp(`^${parts.join('/')}(/.*)?$`, 's');
  return (one) => regex.test(one);
}

export class Model {
  constructor(root, grants) {
    this.folders = new Set(FOLDERS.map((name) => resolve(root, name)));
    this.read = grants.read.map((text) => this.pattern(text));
    this.write = grants.write.map((text) => this.pattern(text));
    this.all = { 'fs.read': grants.read.includes('*'), 'fs.write': grants.write.includes('*') };
    this.lost = { 'fs.read': [], 'fs.write': [] };
    this.flags = new Map(
      Object.entries(FLAGS).map(([scope, flag]) => [
        scope,
        { granted: grants.flags.includes(flag), whole: false, some: false },
      ]),
    );
  }

  /**
   * `*` everything, `x*` a prefix (and for `d/*` the folder itself), a folder its tree, anything
   * else itself.
   */
  pattern(text) {
    if (text === '*') return () => true;
    if (text.endsWith('*')) {
      const folder = resolve(text.slice(0, -1));
      const prefix = text.at(-2) === '/' && folder !== '/' ? `${folder}/` : folder;
      return (path) => path.startsWith(prefix) || `${path}/` === prefix;
    }
    const path = resolve(text);
    return this.folders.has(path) || path === '/' ? (one) => below(path, one) : (one) => one === path;
  }

  /** The path that a reference names, or null where no path can be had from it. */
  path(reference) {
    if (reference instanceof URL) return fileURLToPath(reference);
    const text = typeof reference === 'string' ? reference : Buffer.from(reference).toString();
    return text === '' ? null : resolve(text);
  }

  /** True or false; undefined where DESIGN leaves it to what was given up by name. */
  has(scope, reference) {
    const flag = this.flags.get(scope);
    const whole = reference === undefined;
    if (flag) {
      if (!flag.granted || flag.whole || reference === null || reference?.length === 0) return false;
      if (whole) return !flag.some;
      return flag.some || Buffer.from(reference instanceof URL ? reference.href : reference).includes(0)
        ? undefined
        : true;
    }
    if (scope === 'fs') return whole ? this.has('fs.read') && this.has('fs.write') : false; // none of the sets grants all of both
    if (whole) return this.all[scope] && this.lost[scope].length === 0;
    if (reference === null) return false;
    const path = this.path(reference);
    if (path === null || path.includes('\0')) return false;
    const grants = scope === 'fs.read' ? this.read : this.write;
    return grants.some((covers) => covers(path)) && !this.lost[scope].some((covers) => covers(path));
  }

  drop(scope, reference) {
    const flag = this.flags.get(scope);
    const whole = reference === undefined || reference === null || reference.length === 0;
    if (flag) {
      if (whole || !PARTLY.has(scope)) flag.whole = true;
      else flag.some = true;
      return;
    }
    const names = scope === 'fs' ? ['fs.read', 'fs.write'] : [scope];
    if (whole || Buffer.from(reference instanceof URL ? reference.href : reference).toString() === '*') {
      for (const name of names) this.lost[name].push(() => true);
      return;
    }
    const path = this.path(reference);
    // What is given up is given up with everything below it, whether it exists or not.
    const covers = path?.endsWith('*') ? this.pattern(path) : (one) => path !== null && below(path, one);
    for (const name of names) this.lost[name].push(covers, matches(path));
  }
}
