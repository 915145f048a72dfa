// What else Node can do for a program beyond its files, its network and its children: addons,
// bindings, WASI, the inspector, snapshots and reports, SQLite, crypto engines and stores, FFI.
'use strict';
const { pathToFileURL } = require('node:url');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const has = (name) => {
  try {
    require(name);
    return true;
  } catch {
    return false;
  }
};
const sync = (id, call, extra = {}) => add({ id, form: 'sync', call, tidy: (value) => value?.close?.(), ...extra });
const promise = (id, call, extra = {}) => add({ id, form: 'promise', call: async (t) => call(t), ...extra });
const addon = (t) => `${t.dir('B')}/f.node`;
const files = { places: ['B', 'N'], needs: ['f.txt', 'f.node', 'key.pem'] };

// Addons and bindings.
sync('process.dlopen', (t) => process.dlopen({ exports: {} }, addon(t)), files);
sync('process.dlopen missing', (t) => process.dlopen({ exports: {} }, `${t.dir('B')}/missing.node`), files);
// Where Node has virtual file systems no recorder stands over it: what is put there is guarded
// itself.
sync('process.dlopen ungranted', (t) => process.dlopen({ exports: {} }, `${t.dir('N')}/f.node`), {
  ...files,
  of: 'process.dlopen',
});
sync('process.dlopen flags', (t) => process.dlopen({ exports: {} }, addon(t), 1), files);
sync('process.dlopen no argument', () => process.dlopen());
sync('require(.node)', (t) => require(addon(t)), files);
sync('Module._extensions[.node]', (t) => require('node:module')._extensions['.node']({ exports: {} }, addon(t)), files);
promise('import(.node)', (t) => import(pathToFileURL(addon(t)).href), files);
for (const name of ['fs', 'natives', 'tcp_wrap', 'spawn_sync', 'os', 'config', 'constants', 'nowhere']) {
  sync(`process.binding(${name})`, () => typeof process.binding(name));
  sync(`process._linkedBinding(${name})`, () => typeof process._linkedBinding(name));
}
sync('process.binding()', () => process.binding());

// WASI.
const wasi = () => has('node:wasi');
sync('new WASI', () => new (require('node:wasi').WASI)({ version: 'preview1' }), { absent: () => !wasi() });
sync(
  'new WASI preopens',
  (t) => new (require('node:wasi').WASI)({ version: 'preview1', preopens: { '/': t.dir('B') } }),
  { absent: () => !wasi(), ...files },
);
sync('new WASI wrong version', () => new (require('node:wasi').WASI)({ version: 'x' }), { absent: () => !wasi() });

// The inspector.
sync(
  'inspector.open',
  () => {
    const inspector = require('node:inspector');
    inspector.open(0);
    inspector.close();
  },
  { alone: true },
);
sync('inspector.url', () => require('node:inspector').url());
sync('inspector.close', () => require('node:inspector').close());
sync(
  'Session.connect',
  () => {
    const session = new (require('node:inspector').Session)();
    session.connect();
    session.disconnect();
  },
  { alone: true },
);
sync('Session.connectToMainThread', () => new (require('node:inspector').Session)().connectToMainThread(), {
  alone: true,
});
promise(
  'promises Session',
  () => {
    const session = new (require('node:inspector/promises').Session)();
    session.connect();
    session.disconnect();
  },
  { alone: true },
);
sync('inspector.waitForDebugger', () => require('node:inspector').waitForDebugger());
sync('inspector.console', () => typeof require('node:inspector').console.log);
sync('process._debugProcess missing', () => process._debugProcess(2 ** 22 + 1));

// Snapshots, reports, traces.
const v8 = require('node:v8');
const cut = { ...files, patience: 20_000 };
sync('v8.writeHeapSnapshot', (t) => v8.writeHeapSnapshot(`${t.dir('B')}/f.heapsnapshot`), cut);
sync('v8.writeHeapSnapshot ungranted', (t) => v8.writeHeapSnapshot(`${t.dir('N')}/f.heapsnapshot`), cut);
sync('v8.writeHeapSnapshot url', (t) => v8.writeHeapSnapshot(pathToFileURL(`${t.dir('N')}/f.heapsnapshot`)), cut);
sync('v8.writeHeapSnapshot()', () => typeof v8.writeHeapSnapshot(), cut);
sync('v8.setHeapSnapshotNearHeapLimit', () => v8.setHeapSnapshotNearHeapLimit(1), { alone: true });
sync('v8.getHeapSnapshot', () => {
  v8.getHeapSnapshot().destroy();
});
sync('v8.setFlagsFromString', () => v8.setFlagsFromString('--stack-size=984'));
sync('v8.takeCoverage', () => v8.takeCoverage());
sync('v8.startupSnapshot', () => v8.startupSnapshot.isBuildingSnapshot());
sync('report.writeReport', (t) => process.report.writeReport(`${t.dir('B')}/f.json`), files);
sync('report.writeReport ungranted', (t) => process.report.writeReport(`${t.dir('N')}/f.json`), files);
sync('report.writeReport relative', () => process.report.writeReport('f.json'));
sync('report.writeReport()', () => typeof process.report.writeReport());
sync(
  'report.writeReport directory',
  (t) => {
    process.report.directory = t.dir('B');
    try {
      return process.report.writeReport('f.json');
    } finally {
      process.report.directory = '';
    }
  },
  files,
);
sync('report.getReport', () => typeof process.report.getReport());
sync(
  'trace_events enable',
  () => {
    const tracing = require('node:trace_events').createTracing({ categories: ['node.none'] });
    tracing.enable();
    tracing.disable();
  },
  { alone: true },
);
sync('trace_events getEnabledCategories', () => require('node:trace_events').getEnabledCategories());

// SQLite.
const sqlite = () => !has('node:sqlite');
const base = (options) => new (require('node:sqlite').DatabaseSync)(':memory:', options);
sync('sqlite memory', () => base(), { absent: sqlite });
sync('sqlite allowExtension', () => base({ allowExtension: true }), { absent: sqlite });
sync(
  'sqlite loadExtension',
  () => {
    const db = base();
    try {
      db.loadExtension('/nowhere');
    } finally {
      db.close();
    }
  },
  { absent: sqlite },
);
sync(
  'sqlite enableLoadExtension',
  () => {
    const db = base();
    try {
      db.enableLoadExtension(true);
    } finally {
      db.close();
    }
  },
  { absent: sqlite },
);
sync(
  'sqlite select load_extension',
  () => {
    const db = base();
    try {
      db.exec("select load_extension('/nowhere')");
    } finally {
      db.close();
    }
  },
  { absent: sqlite },
);
sync(
  'sqlite open granted',
  (t) => new (require('node:sqlite').DatabaseSync)(`${t.dir('B')}/s.db`).exec('create table t(x)'),
  { absent: sqlite, ...files },
);
sync(
  'sqlite open ungranted',
  (t) => new (require('node:sqlite').DatabaseSync)(`${t.dir('N')}/s.db`).exec('create table t(x)'),
  { absent: sqlite, ...files },
);
sync(
  'sqlite Database ungranted',
  (t) => new (require('node:sqlite').Database)(`${t.dir('N')}/s.db`).exec('create table t(x)'),
  { absent: () => sqlite() || !require('node:sqlite').Database, ...files },
);
sync(
  'sqlite attach ungranted',
  (t) => {
    const db = base();
    try {
      db.exec(`attach '${t.dir('N')}/a.db' as a; create table a.t(x)`);
    } finally {
      db.close();
    }
  },
  { absent: sqlite, ...files },
);
sync(
  'sqlite vacuum into ungranted',
  (t) => {
    const db = base();
    try {
      db.exec(`create table t(x); vacuum into '${t.dir('N')}/v.db'`);
    } finally {
      db.close();
    }
  },
  { absent: sqlite, ...files },
);
promise('sqlite backup ungranted', (t) => require('node:sqlite').backup(base(), `${t.dir('N')}/b.db`), {
  absent: () => sqlite() || !require('node:sqlite').backup,
  ...files,
});

// Crypto.
const crypto = require('node:crypto');
sync('crypto.setEngine', () => crypto.setEngine('/nowhere/engine.so'), { absent: () => !crypto.setEngine });
sync('crypto.createPrivateKey(URL)', (t) => crypto.createPrivateKey(pathToFileURL(`${t.dir('B')}/key.pem`)), files);
sync(
  'crypto.createPrivateKey({key:URL})',
  (t) => crypto.createPrivateKey({ key: pathToFileURL(`${t.dir('B')}/key.pem`) }),
  files,
);
sync('crypto.createPrivateKey(text)', () => crypto.createPrivateKey('no key'));
sync('crypto.createPublicKey(URL)', (t) => crypto.createPublicKey(pathToFileURL(`${t.dir('B')}/key.pem`)), files);
sync('crypto.randomBytes', () => crypto.randomBytes(4).length);
sync('tls clientCertEngine', () => require('node:tls').createSecureContext({ clientCertEngine: '/nowhere' }));
sync('tls privateKeyEngine', () =>
  require('node:tls').createSecureContext({ privateKeyEngine: '/nowhere', privateKeyIdentifier: 'x' }),
);
sync('tls.getCACertificates(system)', () => Array.isArray(require('node:tls').getCACertificates('system')), {
  absent: () => !require('node:tls').getCACertificates,
  patience: 20_000,
});

// FFI (behind --experimental-ffi).
const ffi = () => !has('node:ffi');
sync('ffi.dlopen', () => typeof require('node:ffi').dlopen('libc.so.6', {}), { absent: ffi });
for (const name of ['dlsym', 'dlclose', 'toString', 'toBuffer', 'getInt32', 'setInt32', 'registerCallback'])
  sync(`ffi.${name}`, () => typeof require('node:ffi')[name](), {
    absent: () => ffi() || typeof require('node:ffi')[name] !== 'function',
  });
sync('new ffi.DynamicLibrary', () => typeof new (require('node:ffi').DynamicLibrary)('libc.so.6'), {
  absent: () => ffi() || !require('node:ffi').DynamicLibrary,
});

// The process itself.
sync('process.umask', () => typeof process.umask());
sync('process.setuid own', () => process.setuid(process.getuid()));
sync('os.userInfo', () => typeof require('node:os').userInfo().username);
sync('os.networkInterfaces', () => typeof require('node:os').networkInterfaces());
sync('process.env', () => typeof process.env.PATH);
sync('process.permission is fixed', () => {
  const told = Object.getOwnPropertyDescriptor(process, 'permission');
  return told ? `${told.writable} ${told.configurable} ${told.enumerable}` : 'none';
});
sync('localStorage', () => typeof globalThis.localStorage?.setItem);

module.exports = rows;
if (require.main === module) run(rows);
