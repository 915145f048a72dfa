// The package as it is published and as it lies in the repository.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { it } from 'node:test';
import { TOO_OLD } from '../helpers/nodes.mjs';
import { PRELOAD, ROOT, bare, cleanEnv, scratch } from '../helpers/run.mjs';

const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const HOME = 'https://github.com/org/permit';
/** Returns the value of a key of the package in Cargo.toml. */
const cargo = (key) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8'))[1];

it('has no new top-level entry', () => {
  const allowed = new Set([
    'Cargo.toml',
    'Cargo.lock',
    'build.rs',
    'src',
    'index.js',
    'index.d.ts',
    'package.json',
    'package-lock.json',
    '__test__',
    'npm',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'SECURITY.md',
  ]);
  const found = new Set(git('ls-files').map((path) => path.split('/', 1)[0]));
  assert.deepEqual(
    [...found].filter((name) => !allowed.has(name) && !name.startsWith('.')),
    [],
  );
});

/** The files of the package, as npm packs them. */
const packed = () => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: ROOT, encoding: 'utf8' }));
  return files.map((file) => file.path).toSorted();
};

it('publishes its loader, its types, its licence, what a fleet takes, and nothing of the tests', () => {
  assert.deepEqual(packed(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'index.d.ts',
    'index.js',
    'package.json',
    'src/fleet/logrotate.conf',
    'src/fleet/otelcol.yaml',
    'src/fleet/report.sql',
    'src/fleet/rsyslog.conf',
  ]);
});

it('publishes what its documents link to', () => {
  const files = packed();
  const documents = files.filter((file) => file.endsWith('.md'));
  assert.ok(documents.includes('README.md'));
  for (const document of documents) {
    const text = readFileSync(join(ROOT, document), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link);
    for (const link of links.filter((name) => !/^[a-z]+:/.test(name))) {
      const path = posix.join(posix.dirname(document), link);
      assert.ok(
        files.some((file) => file === path || file.startsWith(`${path}/`)),
        `${document} links to ${link}`,
      );
    }
    const own = `${HOME}/(?:blob|tree)/main/`;
    for (const [, path] of text.matchAll(new RegExp(`${own}([^)#\\s]+)`, 'g'))) {
      assert.ok(existsSync(join(ROOT, path)), `${document} links to ${path}`);
    }
  }
});

it('says in every manifest where its home is', () => {
  for (const folder of ['', ...readdirSync(join(ROOT, 'npm')).map((name) => `npm/${name}`)]) {
    const { repository, homepage, bugs } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const directory = folder === '' ? {} : { directory: folder };
    assert.deepEqual(repository, { type: 'git', url: `git+${HOME}.git`, ...directory });
    assert.equal(homepage, `${HOME}#readme`);
    assert.deepEqual(bugs, { url: `${HOME}/issues` });
  }
  assert.equal(cargo('repository'), HOME);
  assert.equal(cargo('homepage'), `${HOME}#readme`);
});

it('has one version in the manifests of npm and of Cargo, and in index.js', () => {
  assert.equal(cargo('version'), manifest.version);
  assert.ok(readFileSync(PRELOAD, 'utf8').includes(`\n  return '${manifest.version}';\n`));
});

it('has a package for each target, of the same version', () => {
  const folders = readdirSync(join(ROOT, 'npm')).toSorted();
  const names = manifest.napi.targets.map((target) => {
    const [cpu, , system, abi] = target.split('-');
    const arch = { x86_64: 'x64', aarch64: 'arm64' }[cpu];
    return [system, arch, abi].join('-');
  });
  assert.deepEqual(folders, names.toSorted());
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(join(ROOT, 'npm', folder, 'package.json'), 'utf8'));
    assert.equal(name, `${manifest.name}-${folder}`);
    assert.equal(version, manifest.version);
  }
  // The loader, the protection of its packages, the workflow and the licence check name the targets
  // as well.
  const loader = readFileSync(PRELOAD, 'utf8');
  const protection = readFileSync(join(ROOT, 'src', 'sources', 'own_files.rs'), 'utf8');
  for (const folder of folders) {
    assert.ok(loader.includes(`'${folder}'`), folder);
    assert.ok(protection.includes(`"permit-${folder}"`), folder);
  }
  for (const file of ['.github/workflows/ci.yml', '.cargo/deny.toml']) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const target of manifest.napi.targets) assert.ok(text.includes(target), `${file} lacks ${target}`);
  }
});

it('installs from the lock file, which names every platform and no registry', () => {
  const folder = scratch();
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(join(ROOT, name), join(folder, name));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, env: cleanEnv(), encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  assert.equal(readFileSync(join(folder, 'package-lock.json'), 'utf8'), lock);
  const optional = Object.entries(JSON.parse(lock).packages).filter(([, { os, cpu }]) => os && cpu);
  for (const system of ['linux', 'darwin', 'win32'])
    assert.ok(
      optional.some(([, { os }]) => os.includes(system)),
      system,
    );
  assert.ok(Object.values(JSON.parse(lock).packages).every(({ resolved }) => resolved === undefined));
});

it('says which Node it needs, in its manifests and to one that is older', () => {
  const {
    engines: { node: range },
  } = manifest;
  for (const folder of readdirSync(join(ROOT, 'npm'))) {
    assert.equal(JSON.parse(readFileSync(join(ROOT, 'npm', folder, 'package.json'), 'utf8')).engines.node, range);
  }
  const oldest = range.match(/^>= (\d+\.\d+)$/)[1];
  const line = `permit: needs Node ${oldest} or newer, this is ${TOO_OLD.version}\n`;
  for (const args of [
    ['-r', PRELOAD, '-e', 'console.log(1)'],
    ['--import', PRELOAD, '-e', 'console.log(1)'],
    [PRELOAD, '--help'],
  ]) {
    const { status, stdout, stderr } = bare(TOO_OLD, args);
    assert.deepEqual([status, stdout, stderr], [9, '', line]);
  }
});

it('tells nobody to fetch the package that has the name permit on npm', () => {
  const wrong = new RegExp(['npx', 'permit'].join(' (--\\S+ )*'));
  const lines = git('ls-files')
    .filter((path) => /\.(md|rs|m?js|ts|ya?ml|json)$/.test(path))
    .flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8').split('\n');
      return text.map((line, at) => `${path}:${at + 1}: ${line}`).filter((line) => wrong.test(line));
    });
  // README says why not.
  assert.deepEqual(
    lines.filter((line) => !line.includes('Do not write')),
    [],
  );
});

it('opens README with how to install it', () => {
  const [, block] = /^# @org\/permit\n\n```sh\n([^]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  assert.match(block, /^npm install @org\/permit\b/);
  assert.match(block, /node -r @org\/permit /);
});

it('keeps JavaScript out of src but for the scripts of the hooks', () => {
  assert.deepEqual(
    git('ls-files', 'src')
      .filter((path) => path.endsWith('.js'))
      .toSorted(),
    [
      'src/hooks/assigned.js',
      'src/hooks/class.js',
      'src/hooks/deserializer.js',
      'src/hooks/execve.js',
      'src/hooks/guards/sqlite.js',
      'src/hooks/guards/wasi.js',
      'src/hooks/guards/worker.js',
      'src/hooks/lazy_modules.js',
      'src/hooks/trampoline.js',
      'src/thread/callers.js',
      'src/thread/handle_internals.js',
      'src/thread/primordials.js',
    ],
  );
});

it('names no registry host', () => {
  const hosts = [
    ['npmjs', 'org'],
    ['crates', 'io'],
    ['pythonhosted', 'org'],
  ].map((parts) => parts.join('.'));
  for (const path of git('ls-files').filter((name) => !name.endsWith('Cargo.lock'))) {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const host of hosts) assert.ok(!text.includes(host), `${path} names ${host}`);
  }
});
