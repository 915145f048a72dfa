// The tarballs of `npm run pack`, installed into empty projects by each package manager, without Rust.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { serve } from '../helpers/registry.mjs';
import { FIXTURES, ROOT, cleanEnv, scratch } from '../helpers/run.mjs';

const folder = scratch();
const which = (name) => execFileSync('which', [name], { encoding: 'utf8' }).trim();
const place = (...parts) => join(folder, ...parts);
const npm = join(dirname(realpathSync(which('npm'))), 'npm-cli.js');
const npx = join(dirname(npm), 'npx-cli.js');
const managers = place('managers', 'node_modules');
const pnpm = join(managers, '.bin', 'pnpm');
const yarn1 = join(managers, 'yarn', 'bin', 'yarn.js');
const yarn4 = join(managers, '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
const newest = NODES.at(-1);

/** Makes the one folder that is on the PATH: this Node, a shell, and what the managers call. Rust is not in it. */
function folderOfPath(node) {
  const bin = place(`bin-${node.version}`);
  mkdirSync(bin);
  symlinkSync(node.path, join(bin, 'node'));
  for (const name of ['sh', 'env', 'dirname', 'basename', 'uname', 'sed']) symlinkSync(which(name), join(bin, name));
  return bin;
}
const paths = new Map(NODES.map((node) => [node, folderOfPath(node)]));

/** The environment of an installation. All that a manager writes stays in the folder of the test. */
const environment = (node) =>
  cleanEnv({
    CI: '',
    PATH: paths.get(node),
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
    HOME: place('home'),
    XDG_CACHE_HOME: place('cache'),
    XDG_CONFIG_HOME: place('home'),
    XDG_DATA_HOME: place('data'),
    XDG_STATE_HOME: place('data'),
    npm_config_cache: place('cache', 'npm'),
    npm_config_update_notifier: 'false',
    YARN_CACHE_FOLDER: place('cache', 'yarn'),
    YARN_GLOBAL_FOLDER: place('data', 'yarn'),
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_GLOBAL_CACHE: '0',
    YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
  });

/** Runs a command in a project. The registry of this process answers meanwhile. */
function run(node, [command, ...args], cwd, env = {}) {
  const options = { cwd, env: { ...environment(node), ...env }, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

/** Makes a project with the programs of the fixtures. */
function project(name, files = {}) {
  const made = place('projects', name.replace(/\W+/g, '-'));
  cpSync(join(FIXTURES, 'installed'), made, { recursive: true });
  writeFileSync(join(made, 'package.json'), '{"private":true}\n');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(made, file), text);
  return made;
}

/** The configuration of Yarn 4. The empty lock file makes the folder a project of its own. */
const yarnFiles = (linker) => (url) => ({
  'yarn.lock': '',
  '.yarnrc.yml': [
    `nodeLinker: ${linker}`,
    `npmScopes: { org: { npmRegistryServer: '${url}' } }`,
    "unsafeHttpWhitelist: ['127.0.0.1']",
    '',
  ].join('\n'),
});
const npmrc = (url) => ({ '.npmrc': `@org:registry=${url}\n` });

/**
 * The package managers. Each has the words that add packages to a project, that start Node there, and that start the
 * command.
 */
const MANAGERS = [
  {
    name: 'npm',
    files: npmrc,
    add: (node) => [node.path, npm, 'install', '--no-audit', '--no-fund'],
    command: (node) => [node.path, npx, '@org/permit'],
  },
  { name: 'pnpm', files: npmrc, add: () => [pnpm, 'add'], command: () => [pnpm, 'exec', 'permit'] },
  {
    name: 'Yarn 1',
    files: npmrc,
    add: (node) => [node.path, yarn1, 'add'],
    command: (node) => [node.path, yarn1, '--silent', 'permit'],
  },
  {
    name: 'Yarn 4 with node_modules',
    files: yarnFiles('node-modules'),
    add: (node) => [node.path, yarn4, 'add'],
    command: (node) => [node.path, yarn4, 'permit'],
  },
  {
    name: "Yarn 4 with Plug'n'Play",
    files: yarnFiles('pnp'),
    add: (node) => [node.path, yarn4, 'add'],
    start: (node) => [node.path, yarn4, 'node'],
    command: (node) => [node.path, yarn4, 'permit'],
  },
];

let registry;
let tarballs;

before(async () => {
  const pack = (...args) =>
    execFileSync(process.execPath, [join(ROOT, '.ci', 'pack.mjs'), ...args], { encoding: 'utf8' });
  tarballs = pack(place('tarballs')).trim().split('\n');
  // A registry has the packages of other machines too; without their libraries, for no manager may take one.
  const others = place('others');
  mkdirSync(others);
  for (const target of readdirSync(join(ROOT, 'npm'))) {
    const args = ['pack', '--silent', '--pack-destination', others];
    execFileSync('npm', args, { cwd: join(ROOT, 'npm', target), stdio: 'ignore' });
  }
  const published = pack(place('others'), '--release').trim().split('\n');
  assert.equal(published.length, 2);
  const manifestOf = (tarball) => JSON.parse(execFileSync('tar', ['-xOf', tarball, 'package/package.json']));
  const packages = readdirSync(others).map((name) => join(others, name));
  registry = await serve(packages.map((tarball) => ({ tarball, manifest: manifestOf(tarball) })));
  mkdirSync(dirname(managers));
  writeFileSync(place('managers', 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', 'pnpm', 'yarn', '@yarnpkg/cli-dist'];
  execFileSync('npm', args, { cwd: dirname(managers), stdio: ['ignore', 'ignore', 'inherit'] });
});
after(() => registry?.server.close());

it('finds no Rust while it installs', async () => {
  for (const node of NODES)
    assert.equal((await run(node, ['sh', '-c', 'command -v cargo rustc cc'], folder)).stdout, '');
});

it('writes tarballs that publint and attw find nothing in', async () => {
  const { publint } = await import('publint');
  const { createPackageFromTarballData, checkPackage } = await import('@arethetypeswrong/core');
  for (const tarball of tarballs) {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
      strict: true,
    });
    assert.deepEqual(messages, [], tarball);
  }
  const { problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarballs[0]))));
  assert.deepEqual(problems, []);
});

const DENIED = 'ERR_ACCESS_DENIED';
const HELD = { same: true, main: DENIED };
const ALL_HELD = { ...HELD, child: DENIED, worker: DENIED };
const POLICY = '--allow-fs-read=./* --allow-child-process --allow-worker';

/** Checks that a command prints this, and ends well. */
async function prints(expected, node, words, cwd, env) {
  const { status, stdout, stderr } = await run(node, words, cwd, env);
  const shown = `${words.join(' ')}\n${stdout}${stderr}`;
  assert.equal(status, 0, shown);
  assert.deepEqual(JSON.parse(stdout), expected, shown);
}

for (const { name, files, add, start = (node) => [node.path], command } of MANAGERS) {
  const isPnp = name.includes('Play');
  describe(name, () => {
    let cwd;
    const policy = { PERMIT_OPTIONS: POLICY };

    before(async () => {
      cwd = project(name, files(registry.url));
      const { status, stdout, stderr } = await run(newest, [...add(newest), '@org/permit'], cwd);
      assert.equal(status, 0, stdout + stderr);
    });

    for (const node of NODES) {
      it(`runs on Node ${node.version} by -r, --require, --import, NODE_OPTIONS and the command`, async () => {
        const node_ = start(node);
        await prints(ALL_HELD, node, [...node_, '-r', '@org/permit', 'app.js'], cwd, policy);
        await prints(ALL_HELD, node, [...command(node), ...POLICY.split(' '), 'app.js'], cwd);
        if (isPnp) {
          // Without Yarn's loader Node finds no package for an ES module.
          const { status, stdout, stderr } = await run(
            node,
            [...node_, '--import', '@org/permit', 'app.js'],
            cwd,
            policy,
          );
          assert.deepEqual([status, stdout], [1, ''], stderr);
          assert.match(stderr, /ERR_MODULE_NOT_FOUND/);
          return;
        }
        await prints(HELD, node, [...node_, '--require', '@org/permit', 'app.mjs'], cwd, policy);
        await prints(HELD, node, [...node_, '--import', '@org/permit', 'app.mjs'], cwd, policy);
        await prints(ALL_HELD, node, [...node_, '--import=@org/permit', 'app.js'], cwd, policy);
        const inherited = { ...policy, NODE_OPTIONS: '-r @org/permit' };
        await prints(ALL_HELD, node, [...node_, 'app.js'], cwd, inherited);
      });
    }

    it('installs the tarballs, and asks no registry for them', async () => {
      const made = project(`${name} tarballs`, files(`${registry.url}none/`));
      const { status, stdout, stderr } = await run(newest, [...add(newest), ...tarballs], made);
      assert.equal(status, 0, stdout + stderr);
      assert.deepEqual(
        registry.asked.filter((asked) => asked.includes('/none/')),
        [],
      );
      await prints(ALL_HELD, newest, [...start(newest), '-r', '@org/permit', 'app.js'], made, policy);
    });

    if (isPnp) {
      it('runs nothing beside the loader of Yarn for ES modules', async () => {
        const made = project(`${name} modules`, {
          ...files(registry.url),
          'package.json': '{"private":true,"type":"module"}',
        });
        const { status, stdout, stderr } = await run(newest, [...add(newest), '@org/permit'], made);
        assert.equal(status, 0, stdout + stderr);
        for (const option of ['-r', '--import']) {
          const result = await run(newest, [...start(newest), option, '@org/permit', 'app.mjs'], made, policy);
          assert.ok(result.status !== 0 && result.stdout === '', result.stdout + result.stderr);
          assert.match(result.stderr, /process\.binding|--loader/);
        }
      });

      it('lets no program change what Yarn loads permit from', async () => {
        const args = ['-r', '@org/permit', 'writes.js'];
        const env = { PERMIT_OPTIONS: '--allow-fs-read=./* --allow-fs-write=./*' };
        await prints(
          { map: DENIED, library: DENIED, package: DENIED, other: 'written' },
          newest,
          [...start(newest), ...args],
          cwd,
          env,
        );
      });
    }
  });
}

describe('TypeScript', () => {
  const SYSTEMS = [
    ['commonjs', 'node10', 'uses.ts', 'uses.js'],
    ['node16', 'node16', 'uses.ts', 'uses.js'],
    ['nodenext', 'nodenext', 'uses.mts', 'uses.mjs'],
    ['nodenext', 'nodenext', 'uses-require.cts', 'uses-require.cjs'],
    ['esnext', 'bundler', 'uses.mts', 'uses.mjs'],
    ['preserve', 'bundler', 'uses.mts', 'uses.mjs'],
    ['es2022', 'node10', 'uses.mts', 'uses.mjs'],
  ];
  for (const [module, moduleResolution, file, output] of SYSTEMS) {
    it(`compiles and runs ${file} with module ${module} and moduleResolution ${moduleResolution}`, async () => {
      const cwd = place('projects', 'npm');
      copyFileSync(join(cwd, 'uses.ts'), join(cwd, 'uses.mts'));
      const outDir = `${module}-${moduleResolution}-${output}`;
      const options = { module, moduleResolution, target: 'es2022', strict: true, esModuleInterop: true, outDir };
      const types = { types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] };
      const config = { compilerOptions: { ...options, ...types }, files: [file] };
      writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = await run(newest, [newest.path, tsc, '-p', '.'], cwd);
      assert.deepEqual([status, stdout], [0, '']);
      for (const node of NODES) {
        const words = [node.path, '-r', '@org/permit', join(outDir, output)];
        await prints({ granted: false, mode: 'enforce', same: true }, node, words, cwd, { PERMIT_OPTIONS: POLICY });
      }
    });
  }
});
