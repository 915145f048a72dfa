// Where Node itself reads files for a program: modules, JSON, .env files, the working folder, the
// compile cache.
'use strict';
const module_ = require('node:module');
const { pathToFileURL } = require('node:url');
const { run, table } = require('./rows.js');

const { rows, add } = table();
const NEEDS = ['m.js', 'm.mjs', 'j.json', '.env', 'package', 'sub', 'm.wasm', 'noext'];
const each = (id, form, call, extra = {}) => {
  for (const place of ['R', 'W', 'B', 'N'])
    add({
      id: `${id} ${form} ${place}`,
      form,
      places: [place],
      needs: NEEDS,
      call: (t, cb) => call(t.dir(place), cb),
      ...extra,
    });
};
const fromHere = (dir) => module_.createRequire(`${dir}/`);

each('require(m.js)', 'sync', (dir) => require(`${dir}/m.js`));
each('require(m) by extension', 'sync', (dir) => require(`${dir}/m`));
each('require(j.json)', 'sync', (dir) => require(`${dir}/j.json`));
each('require(noext)', 'sync', (dir) => require(`${dir}/noext`));
each('require(missing)', 'sync', (dir) => require(`${dir}/missing.js`));
each('require(folder)', 'sync', (dir) => require(`${dir}/package`));
each('require(relative)', 'sync', (dir) => fromHere(dir)('./m.js'));
each('require.resolve(m.js)', 'sync', (dir) => require.resolve(`${dir}/m.js`));
each('require.resolve(missing)', 'sync', (dir) => require.resolve(`${dir}/missing.js`));
each('Module._load', 'sync', (dir) => module_._load(`${dir}/m.js`, null, false));
each('Module._extensions', 'sync', (dir) => {
  const made = new module_(`${dir}/m.js`);
  module_._extensions['.js'](made, `${dir}/m.js`);
  return made.exports;
});
each('Module._extensions json', 'sync', (dir) => {
  const made = new module_(`${dir}/j.json`);
  module_._extensions['.json'](made, `${dir}/j.json`);
  return made.exports;
});
each('Module._findPath', 'sync', (dir) => module_._findPath(`${dir}/m.js`));
each('import(m.mjs)', 'promise', (dir) => import(pathToFileURL(`${dir}/m.mjs`).href));
each('import(path)', 'promise', (dir) => import(`${dir}/m.mjs`));
each('import(m.js)', 'promise', (dir) => import(pathToFileURL(`${dir}/m.js`).href));
each('import(?query)', 'promise', (dir) => import(`${pathToFileURL(`${dir}/m.mjs`).href}?x=1#y`));
each('import(missing)', 'promise', (dir) => import(pathToFileURL(`${dir}/missing.mjs`).href));
each('import(json)', 'promise', (dir) =>
  new Function('u', 'return import(u, { with: { type: "json" } })')(pathToFileURL(`${dir}/j.json`).href),
);
each('import(wasm)', 'promise', (dir) => import(pathToFileURL(`${dir}/m.wasm`).href));
each('require(m.mjs)', 'sync', (dir) => require(`${dir}/m.mjs`));
each('findPackageJSON', 'sync', (dir) => module_.findPackageJSON('..', pathToFileURL(`${dir}/m.js`)), {
  absent: () => !module_.findPackageJSON,
});
each('process.loadEnvFile(path)', 'sync', (dir) => process.loadEnvFile(`${dir}/.env`), {
  absent: () => !process.loadEnvFile,
});
each('process.loadEnvFile(missing)', 'sync', (dir) => process.loadEnvFile(`${dir}/missing`), {
  absent: () => !process.loadEnvFile,
});
each('process.loadEnvFile(url)', 'sync', (dir) => process.loadEnvFile(pathToFileURL(`${dir}/.env`)), {
  absent: () => !process.loadEnvFile,
});
add({
  id: 'process.loadEnvFile() sync',
  form: 'sync',
  places: [],
  needs: [],
  call: () => process.loadEnvFile(),
  absent: () => !process.loadEnvFile,
});
each('process.chdir(folder)', 'sync', (dir) => {
  const before = process.cwd();
  process.chdir(`${dir}/sub`);
  process.chdir(before);
});
each('process.chdir(missing)', 'sync', (dir) => process.chdir(`${dir}/missing`));
each('process.chdir(file)', 'sync', (dir) => process.chdir(`${dir}/m.js`));
each(
  'enableCompileCache',
  'sync',
  (dir) => {
    const { status } = module_.enableCompileCache(`${dir}/cache`);
    return `status ${status}`;
  },
  { alone: true, absent: () => !module_.enableCompileCache },
);
each('flushCompileCache', 'sync', () => module_.flushCompileCache?.());
each(
  'fs.readFileSync by getBuiltinModule',
  'sync',
  (dir) => process.getBuiltinModule('fs').readFileSync(`${dir}/m.js`),
  { absent: () => !process.getBuiltinModule },
);
each('zlib.ZipFile.open', 'promise', (dir) => require('node:zlib').ZipFile.open(`${dir}/j.json`), {
  absent: () => !require('node:zlib').ZipFile,
});
each('source maps', 'sync', (dir) => {
  require('node:module').findSourceMap(`${dir}/m.js`);
});

module.exports = rows;
if (require.main === module) run(rows);
