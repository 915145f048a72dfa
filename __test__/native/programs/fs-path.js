// Every node:fs call that takes one path, in every flavour, on files and folders that may be read,
// written, both or neither, and on what does not exist there.
'use strict';
const fs = require('node:fs');
const { run, table, close } = require('./rows.js');

const { rows, add } = table();
const ALL = ['sync', 'callback', 'promise'];
const PLACES = ['R', 'W', 'B', 'N'];
const FILE = ['f.txt', 'missing'];

/**
 * The function of `name` in a flavour; a name with a dot is a property of the function
 * (`realpath.native`).
 */
function find(name, form) {
  const [base, twin] = name.split('.');
  const fn = form === 'promise' ? fs.promises[base] : fs[form === 'sync' ? `${base}Sync` : base];
  return twin ? fn?.[twin] : fn;
}

/** A row a place and target: `fs.name(path, ...rest)`. */
function each(name, targets, forms, rest = [], label = '') {
  for (const form of forms)
    for (const place of PLACES)
      for (const target of targets) {
        add({
          id: `${name}(${label}) ${form} ${place}/${target}`,
          form,
          places: [place],
          needs: [target],
          absent: () => typeof find(name, form) !== 'function',
          call: (t, cb) =>
            find(name, form).call(
              fs,
              ...[`${t.dir(place)}/${target}`, ...(typeof rest === 'function' ? rest(form) : rest), cb].slice(
                0,
                cb ? undefined : -1,
              ),
            ),
          tidy: name === 'open' && form !== 'promise' ? (fd) => fs.closeSync(fd) : close,
        });
      }
}

/** A row a place and target for what has one flavour of its own. */
function only(id, form, targets, call, extra = {}) {
  for (const place of PLACES)
    for (const target of targets) {
      add({
        id: `${id} ${form} ${place}/${target}`,
        form,
        places: [place],
        needs: [target],
        call: (t, cb) => call(`${t.dir(place)}/${target}`, cb, t),
        tidy: close,
        ...extra,
      });
    }
}

const { constants } = fs;
each('access', FILE, ALL);
each('access', FILE, ALL, [constants.W_OK], 'W_OK');
each('access', FILE, ALL, [constants.R_OK | constants.W_OK], 'R_OK|W_OK');
each('access', ['sub'], ALL, [constants.X_OK], 'X_OK');
for (const name of ['stat', 'lstat']) {
  each(name, [...FILE, 'sub', 'link'], ALL);
  each(name, FILE, ALL, [{ bigint: true }], 'bigint');
  each(name, FILE, ALL, [{ throwIfNoEntry: false }], 'throwIfNoEntry:false');
}
each('statfs', ['sub', 'missing'], ALL);
each('statfs', ['sub'], ALL, [{ bigint: true }], 'bigint');
each('exists', [...FILE, 'sub'], ['sync', 'callback']);
each('readFile', [...FILE, 'link', 'sub'], ALL);
for (const options of [
  'utf8',
  'hex',
  { encoding: 'utf8', flag: 'r' },
  { flag: 'r+' },
  { encoding: 'latin1', flag: 'a+' },
  { encoding: 'utf8', flag: 'rs' },
]) {
  each('readFile', FILE, ALL, [options], JSON.stringify(options));
}
each('readdir', ['sub', 'missing', 'f.txt'], ALL);
for (const options of [
  'buffer',
  { withFileTypes: true },
  { recursive: true },
  { recursive: true, withFileTypes: true },
  { encoding: 'buffer', withFileTypes: true },
]) {
  each('readdir', ['sub', 'missing'], ALL, [options], JSON.stringify(options));
}
each('opendir', ['sub', 'missing', 'f.txt'], ALL);
each('opendir', ['sub'], ALL, [{ recursive: true, bufferSize: 1 }], 'recursive');
each('realpath', [...FILE, 'link'], ALL);
each('realpath', ['f.txt'], ALL, ['buffer'], 'buffer');
each('realpath.native', [...FILE, 'link'], ['sync', 'callback']);
each('readlink', ['link', 'f.txt', 'missing'], ALL);
each('readlink', ['link'], ALL, ['buffer'], 'buffer');

for (const data of [
  ['text', 'x'],
  ['buffer', Buffer.from('x')],
  ['empty', ''],
])
  each('writeFile', FILE, ALL, [data[1]], data[0]);
for (const options of [
  'utf8',
  { flag: 'a' },
  { flag: 'wx' },
  { flag: 'r+' },
  { flag: 'a+' },
  { flush: true },
  { mode: 0o600 },
]) {
  each('writeFile', FILE, ALL, ['x', options], JSON.stringify(options));
}
each('appendFile', FILE, ALL, ['x']);
each('appendFile', FILE, ALL, [Buffer.from('x')], 'buffer');
each('appendFile', FILE, ALL, ['x', { flush: true }], 'flush');
each('mkdir', ['missing', 'sub'], ALL);
each('mkdir', ['missing'], ALL, [0o700], 'mode');
each('mkdir', ['missing/a/b', 'sub'], ALL, [{ recursive: true }], 'recursive');
each('mkdir', ['missing/a/b'], ALL);
each('mkdtemp', ['t-'], ALL);
each('mkdtemp', ['t-'], ALL, ['buffer'], 'buffer');
each('mkdtempDisposable', ['t-'], ['sync', 'promise']);
each('rmdir', ['empty', 'sub', 'missing'], ALL);
each('rmdir', ['sub'], ALL, [{ recursive: true }], 'recursive');
each('rm', [...FILE, 'sub', 'link'], ALL);
each('rm', ['sub', 'missing', 'f.txt', 'link'], ALL, [{ recursive: true }], 'recursive');
each('rm', FILE, ALL, [{ force: true }], 'force');
each(
  'rm',
  ['sub', 'missing'],
  ALL,
  [{ recursive: true, force: true, maxRetries: 1, retryDelay: 1 }],
  'recursive,force,retries',
);
each('unlink', [...FILE, 'sub', 'link'], ALL);
each('truncate', FILE, ALL);
each('truncate', FILE, ALL, [2], 'length');
each('chmod', FILE, ALL, [0o644]);
each('chmod', ['sub'], ALL, ['755'], 'text');
each('lchmod', FILE, ALL, [0o644]);
each('chown', FILE, ALL, [process.getuid(), process.getgid()]);
each('lchown', [...FILE, 'link'], ALL, [process.getuid(), process.getgid()]);
each('utimes', FILE, ALL, [1, 1]);
each('utimes', ['f.txt'], ALL, [new Date(0), '12'], 'Date');
each('lutimes', [...FILE, 'link'], ALL, [1, 1]);

// Readers and writers with a life of their own.
const stream = { events: ['open', 'ready'], tidy: (_, t) => t.made?.destroy() };
const made = (t, value) => (t.made = value);
for (const [label, options] of [
  ['', undefined],
  ['utf8', 'utf8'],
  ['start', { start: 1, end: 2 }],
  ['r+', { flags: 'r+' }],
  ['w+', { flags: 'w+' }],
  ['emitClose:false', { emitClose: false }],
]) {
  only(`createReadStream(${label})`, 'event', FILE, (p, _, t) => made(t, fs.createReadStream(p, options)), stream);
}
for (const [label, options] of [
  ['', undefined],
  ['a', { flags: 'a' }],
  ['r+', { flags: 'r+' }],
  ['wx', { flags: 'wx' }],
  ['flush', { flush: true }],
  ['start', { start: 1, flags: 'r+' }],
]) {
  only(`createWriteStream(${label})`, 'event', FILE, (p, _, t) => made(t, fs.createWriteStream(p, options)), stream);
}
only('new ReadStream()', 'event', FILE, (p, _, t) => made(t, new fs.ReadStream(p)), stream);
only('ReadStream() without new', 'event', FILE, (p, _, t) => made(t, fs.ReadStream(p)), stream);
only('new WriteStream()', 'event', FILE, (p, _, t) => made(t, new fs.WriteStream(p)), stream);
only('FileReadStream', 'event', FILE, (p, _, t) => made(t, new fs.FileReadStream(p)), {
  ...stream,
  absent: () => !fs.FileReadStream,
});
only('read a stream to its end', 'promise', FILE, async (p) => {
  let all = '';
  for await (const part of fs.createReadStream(p, 'utf8')) all += part;
  return all;
});
only('write a stream to its end', 'callback', FILE, (p, cb) => {
  const out = fs.createWriteStream(p);
  out.on('error', cb);
  out.end('x', (error) => cb(error));
});
only('pipeline', 'callback', FILE, (p, cb) =>
  require('node:stream').pipeline(fs.createReadStream(p), new (require('node:stream').PassThrough)().resume(), cb),
);

only('watch()', 'sync', [...FILE, 'sub'], (p) => fs.watch(p));
only('watch(listener)', 'sync', FILE, (p) => fs.watch(p, () => {}));
only('watch(recursive)', 'sync', ['sub', 'missing', 'f.txt'], (p) => fs.watch(p, { recursive: true }));
only('watch(encoding)', 'sync', ['sub'], (p) => fs.watch(p, 'buffer'));
const watchOnce = (p, options) => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  return fs.promises
    .watch(p, { ...options, signal: stop.signal })
    .next()
    .then(
      () => 'an event',
      (error) => {
        if (error.name === 'AbortError') return 'stopped';
        throw error;
      },
    );
};
only('watch()', 'promise', ['f.txt', 'missing', 'sub'], (p) => watchOnce(p));
only('watch(recursive)', 'promise', ['sub', 'missing'], (p) => watchOnce(p, { recursive: true }));
only(
  'watchFile()',
  'sync',
  FILE,
  (p) => {
    const watcher = fs.watchFile(p, { interval: 60_000 }, () => {});
    fs.unwatchFile(p);
    return watcher;
  },
  { tidy: undefined },
);
only(
  'watchFile(bigint)',
  'sync',
  ['f.txt'],
  (p) => {
    const watcher = fs.watchFile(p, { interval: 60_000, bigint: true, persistent: false }, () => {});
    fs.unwatchFile(p);
    return watcher;
  },
  { tidy: undefined },
);
only('unwatchFile()', 'sync', FILE, (p) => fs.unwatchFile(p));

only('openAsBlob()', 'promise', FILE, (p) => fs.openAsBlob(p), { absent: () => !fs.openAsBlob });
only('openAsBlob().text()', 'promise', FILE, (p) => fs.openAsBlob(p).then((blob) => blob.text()), {
  absent: () => !fs.openAsBlob,
});
only('openAsBlobSync()', 'sync', FILE, (p) => fs.openAsBlobSync(p), { absent: () => !fs.openAsBlobSync });
only(
  'Utf8Stream(sync)',
  'sync',
  FILE,
  (p) => {
    const out = new fs.Utf8Stream({ dest: p, sync: true });
    out.write('x');
    out.end();
    return 'written';
  },
  { absent: () => !fs.Utf8Stream },
);
only('Utf8Stream()', 'event', FILE, (p) => new fs.Utf8Stream({ dest: p, sync: false }), {
  absent: () => !fs.Utf8Stream,
  events: ['ready'],
});
only(
  'Utf8Stream(mkdir)',
  'sync',
  ['missing/out'],
  (p) => {
    const out = new fs.Utf8Stream({ dest: p, sync: true, mkdir: true });
    out.write('x');
    out.end();
    return 'written';
  },
  { absent: () => !fs.Utf8Stream },
);

// glob: a pattern below the working folder (which is `R`), and an absolute one.
const relative = (p) => require('node:path').relative(process.cwd(), p);
for (const [kind, where] of [
  ['relative', relative],
  ['absolute', (p) => p],
]) {
  const absent = () => !fs.glob;
  only(`glob(${kind})`, 'sync', ['*.txt', 'sub/**'], (p) => fs.globSync(where(p)), { absent, needs: ['f.txt', 'sub'] });
  only(`glob(${kind})`, 'callback', ['*.txt', 'sub/**'], (p, cb) => fs.glob(where(p), cb), {
    absent,
    needs: ['f.txt', 'sub'],
  });
  only(
    `glob(${kind})`,
    'promise',
    ['*.txt', 'sub/**'],
    async (p) => {
      const all = [];
      for await (const name of fs.promises.glob(where(p))) all.push(name);
      return all;
    },
    { absent: () => !fs.promises.glob, needs: ['f.txt', 'sub'] },
  );
}
only('glob(cwd)', 'sync', ['sub'], (p) => fs.globSync('**/*', { cwd: p }), { absent: () => !fs.glob });
only('glob(cwd,withFileTypes)', 'sync', ['sub'], (p) => fs.globSync('**/*', { cwd: p, withFileTypes: true }), {
  absent: () => !fs.glob,
});

module.exports = rows;
if (require.main === module) run(rows);
