// Writes two tarballs for this machine: @org/permit, and the package of its native library. An install
// needs both.
// With --release the first has the optional dependencies of a release, which a registry must have.
//
//   npm run pack -- DIR [--release]
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

function fail(message) {
  console.error(`pack: ${message}`);
  process.exit(1);
}

/** Copies files into a folder, writes a manifest there, and returns the path of the tarball of that folder. */
function tarball(folder, files, manifest, destination) {
  for (const [from, to] of files) cpSync(join(root, from), join(folder, to), { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', destination];
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }));
  return join(destination, filename);
}

const isRelease = process.argv.includes('--release');
const folders = process.argv.slice(2).filter((word) => word !== '--release');
if (folders.length !== 1 || folders[0].startsWith('-')) {
  fail(`found ${JSON.stringify(folders.join(' '))}; expected one folder. Usage: npm run pack -- DIR [--release]`);
}
const destination = resolve(folders[0]);

const manifest = read('package.json');
const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
const target = `${process.platform}-${process.arch}-${libc}`;
const targets = readdirSync(join(root, 'npm'));
if (!targets.includes(target)) fail(`found ${target}; expected one of ${targets.join(', ')}`);
const library = `permit.${target}.node`;
if (!existsSync(join(root, library))) fail(`${join(root, library)} is missing; run 'npm run build'`);
const { VERSION } = createRequire(import.meta.url)(join(root, library));
if (VERSION !== manifest.version) {
  fail(`${library} has version ${VERSION}, package.json has version ${manifest.version}; run 'npm run build'`);
}

mkdirSync(destination, { recursive: true });
const stage = mkdtempSync(join(tmpdir(), 'permit-pack-'));
try {
  // `napi pre-publish` adds the same.
  const optionalDependencies = Object.fromEntries(targets.map((name) => [`@org/permit-${name}`, manifest.version]));
  const main = isRelease ? { ...manifest, optionalDependencies } : manifest;
  const own = [...manifest.files, 'README.md', 'LICENSE'].map((file) => [file, file]);
  const native = [
    [library, library],
    [join('npm', target, 'README.md'), 'README.md'],
    ['LICENSE', 'LICENSE'],
  ];
  for (const path of [
    tarball(join(stage, 'main'), own, main, destination),
    tarball(join(stage, 'native'), native, read('npm', target, 'package.json'), destination),
  ]) {
    console.log(path);
  }
} finally {
  rmSync(stage, { recursive: true, force: true });
}
