// Other programs and other threads: child processes in all their forms, cluster, workers, loader
// threads.
'use strict';
const child = require('node:child_process');
const cluster = require('node:cluster');
const module_ = require('node:module');
const threads = require('node:worker_threads');
const { promisify } = require('node:util');
const { pathToFileURL } = require('node:url');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const node = process.execPath;
const quick = ['-e', '0'];
const kill = (value) => {
  value?.kill?.();
  value?.terminate?.();
};
const row = (form, id, call, extra = {}) =>
  add({ id, form, call: form === 'promise' ? async (t) => call(t) : call, tidy: kill, patience: 5000, ...extra });
const script = (t) => `${t.dir('B')}/m.js`;
const files = { places: ['B'], needs: ['m.js', 'm.mjs'] };

row('event', 'spawn true', () => child.spawn('true'), { events: ['exit'] });
row('event', 'spawn absolute', () => child.spawn('/bin/true', ['a']), { events: ['exit'] });
row('event', 'spawn missing', () => child.spawn('/nowhere/at-all'), { events: ['exit'] });
row('event', 'spawn shell', () => child.spawn('true', { shell: true }), { events: ['exit'] });
row('event', 'spawn node', () => child.spawn(node, quick), { events: ['exit'] });
row('event', 'spawn detached', () => child.spawn('true', { detached: true, stdio: 'ignore' }), { events: ['exit'] });
row('sync', 'spawn without arguments', () => child.spawn());
row('sync', 'spawnSync', () => child.spawnSync('true').status);
row('sync', 'spawnSync missing', () => child.spawnSync('/nowhere/at-all').error?.code);
row('sync', 'spawnSync shell', () => child.spawnSync('true', { shell: true }).status);
row('callback', 'exec', (t, cb) => child.exec('true', cb));
row('sync', 'execSync', () => child.execSync('echo x').toString());
row('callback', 'execFile', (t, cb) => child.execFile('true', cb));
row('callback', 'execFile missing', (t, cb) => child.execFile('/nowhere/at-all', cb));
row('sync', 'execFileSync', () => child.execFileSync('/bin/echo', ['x']).toString());
row('promise', 'promisify(exec)', () => promisify(child.exec)('echo x').then(({ stdout }) => stdout));
row('promise', 'promisify(execFile)', () => promisify(child.execFile)('/bin/echo', ['x']).then(({ stdout }) => stdout));
row('event', 'fork', (t) => child.fork(script(t)), { events: ['exit'], ...files });
row(
  'event',
  'new ChildProcess().spawn',
  () => {
    const one = new child.ChildProcess();
    one.spawn({ file: '/bin/true', args: ['true'] });
    return one;
  },
  { events: ['exit'] },
);
row(
  'event',
  'cluster.fork',
  (t) => {
    cluster.setupPrimary({ exec: script(t), silent: true });
    return cluster.fork();
  },
  { events: ['online'], ...files },
);
row('sync', 'process.execve', () => process.execve('/nowhere/at-all', ['x'], {}), { absent: () => !process.execve });
row('sync', 'process.kill(0)', () => process.kill(process.pid, 0));

row('event', 'Worker file', (t) => new threads.Worker(script(t)), { events: ['exit'], ...files });
row('event', 'Worker url', (t) => new threads.Worker(pathToFileURL(script(t))), { events: ['exit'], ...files });
row('event', 'Worker eval', () => new threads.Worker('0', { eval: true }), { events: ['exit'] });
row('event', 'Worker data:', () => new threads.Worker(new URL('data:text/javascript,0')), { events: ['exit'] });
row('event', 'Worker missing', (t) => new threads.Worker(`${t.dir('B')}/missing.js`), { events: ['exit'], ...files });
row('event', 'Worker execArgv []', (t) => new threads.Worker(script(t), { execArgv: [] }), {
  events: ['exit'],
  ...files,
});
row('event', 'Worker env {}', (t) => new threads.Worker(script(t), { env: {} }), { events: ['exit'], ...files });
row('event', 'Worker SHARE_ENV', (t) => new threads.Worker(script(t), { env: threads.SHARE_ENV }), {
  events: ['exit'],
  ...files,
});
row('sync', 'Worker no argument', () => new threads.Worker());
row('sync', 'Worker relative name', () => new threads.Worker('m.js'));
row('sync', 'Worker without new', () => threads.Worker('m.js'));
row('sync', 'class extends Worker', () => new (class extends threads.Worker {})('0', { eval: true }));
row('sync', 'Reflect.construct(Worker)', () => Reflect.construct(threads.Worker, ['0', { eval: true }]));
row('sync', 'MessageChannel', () => {
  const { port1 } = new threads.MessageChannel();
  port1.close();
});
row('sync', 'BroadcastChannel', () => new threads.BroadcastChannel('x').close());
row('sync', 'module.register', (t) => module_.register(pathToFileURL(`${t.dir('B')}/m.mjs`)), {
  absent: () => !module_.register,
  alone: true,
  ...files,
});
row('sync', 'module.register data:', () => module_.register('data:text/javascript,export{}'), {
  absent: () => !module_.register,
  alone: true,
});
row(
  'sync',
  'module.registerHooks',
  () => {
    module_.registerHooks({}).deregister();
  },
  { absent: () => !module_.registerHooks, alone: true },
);

module.exports = rows;
if (require.main === module) run(rows);
