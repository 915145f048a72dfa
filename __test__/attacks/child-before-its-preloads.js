'use strict';
// Some options of Node run code before the preloads, or load no preloads: a startup snapshot, a
// test runner in one process with its reporter, a script of `package.json`, a shadow realm, a name
// that V8 puts into the text of an extension. The processor of profiles hands Node's own `require`
// to a function that a preload can replace. A held program cannot pass these options to a Node
// child, by its arguments or by NODE_OPTIONS.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-child-process
// Takes: a change of ${D}
// Refused: ChildProcess
// Node: >=22 for --experimental-test-isolation none, --run: Node 20 has neither
// Node: >=24 for --test-isolation=none with a reporter: it has the longer name before
// Node: <22 for --experimental-policy: no other Node has policies of modules
// Node: <24 for --prof-process: newer Nodes do not call that function
// Control: none: a held program can give these to no child, whatever is granted
const attempt = require('../helpers/attempt.js');
const { spawnSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const start = ({ A }, args, env = {}) => {
  const { error, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: A, env: { ...process.env, ...env } });
  if (error) throw error;
  return `${status} ${stderr}`;
};
const text = ({ D }) => `require('fs').writeFileSync(${JSON.stringify(`${D}/made`)}, '');`;
const file = (place, name, content) => {
  writeFileSync(join(place.A, name), content);
  return join(place.A, name);
};
const tested = (place) => file(place, 'a.test.js', '');
const reporter = (place) => file(place, 'reporter.js', `${text(place)} module.exports = async function* () {};`);
/** Reads a module in a realm of its own, and writes with what it exports. */
const realm = (place) => file(place, 'realm.js', `
  new ShadowRealm().importValue(${JSON.stringify(`${place.D}/secret.mjs`)}, 'default').then(() => process.stdout.write('read'));`);

attempt({
  '--snapshot-blob': (place) => {
    const entry = file(place, 'entry.js', `require('v8').startupSnapshot.setDeserializeMainFunction(() => { ${text(place)} });`);
    try {
      start(place, ['--snapshot-blob', 'blob', '--build-snapshot', entry]);
    } catch (error) {
      if (error.code !== 'ERR_ACCESS_DENIED') throw error;
    }
    return start(place, ['--snapshot-blob', 'blob', 'x']);
  },
  '--build-snapshot': (place) => start(place, ['--build-snapshot', file(place, 'entry.js', text(place))]),
  '--build-snapshot-config': (place) => {
    file(place, 'entry.js', text(place));
    return start(place, ['--build-snapshot-config', file(place, 'config.json', '{"builder":"entry.js"}')]);
  },
  '--test-isolation=none with a reporter': (place) => start(place, ['--test', '--test-isolation=none', `--test-reporter=${reporter(place)}`, tested(place)]),
  '--experimental-test-isolation none': (place) => start(place, ['--test', '--experimental-test-isolation', 'none', `--test-reporter=${reporter(place)}`, tested(place)]),
  '--run': (place) => {
    file(place, 'package.json', JSON.stringify({ scripts: { s: `touch ${place.D}/made` } }));
    return start(place, ['--run', 's']);
  },
  '--experimental-sea-config': (place) => start(place, ['--experimental-sea-config', file(place, 'sea.json', JSON.stringify({ main: file(place, 'x.js', ''), output: `${place.D}/made` }))]),
  '--experimental-policy': (place) => {
    const other = file(place, 'other.js', '');
    const app = file(place, 'app.js', text(place));
    const policy = { onerror: 'exit', resources: {}, scopes: { 'file:': { integrity: true, dependencies: true } }, dependencies: { [process.execArgv[1]]: other } };
    return start(place, [`--experimental-policy=${file(place, 'policy.json', JSON.stringify(policy))}`, app]);
  },
  '--env-file with options in it': (place) => start(place, [`--env-file=${file(place, 'env', 'NODE_OPTIONS=--no-warnings\n')}`, '-e', text(place)]),
  '--expose-gc-as with a text as the name': (place) => {
    // The text has `eval` stand for the method with which Node looks at NODE_DEBUG.
    const NODE_DEBUG = `(() => { const require = process.getBuiltinModule; ${text(place)} process.exit(0); })()`;
    return start(place, ['--expose-gc-as=g();/x/.__proto__.exec=eval//', '-e', '0'], { NODE_DEBUG });
  },
  '--prof-process': (place) => {
    const preload = file(place, 'preload.js', `require('vm').runInContext = () => (module, require) => {
      const { internalBinding } = require('internal/test/binding');
      const args = ['sh', '-c', ${JSON.stringify(`touch ${place.D}/made`)}];
      internalBinding('spawn_sync').spawn({ file: '/bin/sh', args, stdio: [{ type: 'ignore' }] });
    };`);
    return start(place, ['-r', preload, '--prof-process', 'x.log']);
  },
  'a realm, as an argument': (place) => /^0/.test(start(place, ['--experimental-shadow-realm', realm(place)])) && start(place, ['-e', text(place)]),
  'a realm, in NODE_OPTIONS': (place) => /^0/.test(start(place, [realm(place)], { NODE_OPTIONS: '--experimental-shadow-realm' })) && start(place, ['-e', text(place)]),
  'a realm, by the flag of V8': (place) => /^0/.test(start(place, ['--harmony_shadow_realm', realm(place)])) && start(place, ['-e', text(place)]),
});
