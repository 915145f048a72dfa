// The folders that the rows work on: every row has a sub-tree of its own in each place that it
// names, so that no row sees what another did. Places: `R` may be read, `W` written, `B` both, `N`
// neither.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  lstatSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In memory where there is such a place: some rows ask for fsync, thousands of rows make files. */
const SHELF = (() => {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
})();
export const PLACES = ['R', 'W', 'B', 'N'];

const file = (text) => (path) => writeFileSync(path, text);
const folder =
  (more = {}) =>
  (path) => {
    mkdirSync(path);
    for (const [name, make] of Object.entries(more)) make(join(path, name));
  };
/** What a row may need to be there. A name that is not here is made by nobody: `missing`, `new`. */
const THINGS = {
  'f.txt': file('content\n'),
  'g.txt': file('other\n'),
  'ünï ✓ 🙂.txt': file('unicode\n'),
  sub: folder({ 'inner.txt': file('inner\n'), deep: folder({ 'deepest.txt': file('deepest\n') }) }),
  empty: folder(),
  link: (path) => {
    writeFileSync(join(path, '..', 'aim.txt'), 'aim\n');
    symlinkSync('aim.txt', path);
  },
  'm.js': file('module.exports = "m";\n'),
  'm.mjs': file('export default "m";\n'),
  'j.json': file('{"j":1}\n'),
  noext: file('module.exports = "noext";\n'),
  'm.wasm': (path) => writeFileSync(path, Buffer.from([0, 97, 115, 109, 1, 0, 0, 0])),
  '.env': file('FROM_ENV_FILE=1\n'),
  'f.node': file('no addon\n'),
  'key.pem': file('no key\n'),
  package: folder({ 'package.json': file('{"main":"lib.js"}\n'), 'lib.js': file('module.exports = "lib";\n') }),
};

// What the texts of a marked tree say instead, so that what was read tells where it was read, and
// so does its size.
const TOLD = {
  'f.txt': 'content',
  'g.txt': 'other',
  'sub/inner.txt': 'inner',
  'sub/deep/deepest.txt': 'deepest',
  'aim.txt': 'aim',
};
const SIZES = { R: 101, W: 102, B: 103, N: 104 };

function mark(home, place) {
  for (const [name, text] of Object.entries(TOLD)) {
    if (existsSync(`${home}/${name}`))
      writeFileSync(`${home}/${name}`, `${text} of ${place}\n`.padEnd(SIZES[place], '.'));
  }
  for (const at of [home, `${home}/sub`]) if (existsSync(at)) writeFileSync(`${at}/in-${place}.txt`, '');
}

/**
 * A fresh root with the sub-trees of `rows`; with `marked`, contents, sizes and a name tell the
 * place.
 */
export function grow(rows, marked) {
  const root = realpathSync(mkdtempSync(join(SHELF, 'permit-native-')));
  for (const place of PLACES) {
    mkdirSync(join(root, place));
    writeFileSync(join(root, place, 'secret.txt'), 'secret\n');
  }
  rows.forEach(({ places = [], needs = [] }, n) => {
    for (const place of places) {
      const home = `${root}/${place}/${n}`;
      mkdirSync(home);
      for (const need of needs) THINGS[need]?.(`${home}/${need}`);
      if (marked) mark(home, place);
    }
  });
  return root;
}

export function fell(root) {
  rmSync(root, { recursive: true, force: true });
}

function line(path, name) {
  const stat = lstatSync(path);
  if (stat.isDirectory()) return `${name}/ {${list(path)}}`;
  if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
  const text = stat.size > 200 ? 'much' : readFileSync(path, 'utf8');
  return `${name} ${JSON.stringify(text)} ${(stat.mode & 0o777).toString(8)} ${stat.nlink > 1 ? `${stat.nlink} links ` : ''}${stat.mtimeMs < 1e9 ? 'old' : ''}`.trim();
}

function list(path) {
  return readdirSync(path)
    .sort()
    .map((name) => line(join(path, name), name))
    .join('; ')
    .replace(/\bt-\w{6}\b/g, 't-XXXXXX');
}

/** What row `n` left in each of its places: `{ R: 'f.txt "content\n" 644', … }`. */
export function left(root, row, n) {
  return Object.fromEntries(
    (row.places ?? []).map((place) => {
      try {
        return [place, list(`${root}/${place}/${n}`)];
      } catch {
        return [place, 'gone'];
      }
    }),
  );
}
