// An installation that is not whole: one line says where, what was found and what to do, and nothing runs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { machine } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { ROOT, bare, scratch } from '../helpers/run.mjs';

const folder = scratch();
const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
const other = libc === 'gnu' ? 'musl' : 'gnu';
const target = `linux-${process.arch}-${libc}`;
const library = join(ROOT, `permit.${target}.node`);
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const fileOf = (project, name) => join(project, 'node_modules', '@org', `permit-${name}`, `permit.${name}.node`);

/** Puts permit into a folder as a package manager does, with libraries for the targets that are named. */
function install(project, targets = [target]) {
  for (const name of ['index.js', 'package.json']) {
    cpSync(join(ROOT, name), join(project, 'node_modules', '@org', 'permit', name));
  }
  for (const name of targets) cpSync(library, fileOf(project, name));
  return project;
}

const fresh = (targets) => install(mkdtempSync(join(folder, 'project-')), targets);

/** The ways in which a program starts. */
const WAYS = {
  '-r': ['-r', '@org/permit', '-e', 'console.log("ran")'],
  '--import': ['--import', '@org/permit', '-e', 'console.log("ran")'],
  'the command': [join('node_modules', '@org', 'permit', 'index.js'), '-e', 'console.log("ran")'],
};

/** Checks that nothing runs in a project, and that one line says why. */
function stops(project, line, flags = []) {
  for (const node of NODES) {
    for (const [way, args] of Object.entries(WAYS)) {
      const { status, signal, stdout, stderr } = bare(node, [...flags, ...args], { cwd: project });
      const shown = `${way} on Node ${node.version}: ${signal}\n${stdout}${stderr}`;
      assert.deepEqual([status, stdout], [9, ''], shown);
      assert.match(stderr, /^permit: [^\n]*\n$/, shown);
      assert.match(stderr, line, shown);
    }
  }
}

/** Checks that permit holds a program in a project. */
function holds(project) {
  for (const node of NODES) {
    const { status, stdout, stderr } = bare(
      node,
      [...WAYS['-r'].slice(0, 2), '-p', 'process.permission.has("fs.read")'],
      {
        cwd: project,
      },
    );
    assert.deepEqual([status, stdout, stderr], [0, 'false\n', '']);
  }
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const cuts = (found, all) =>
  new RegExp(`${escaped(`permit.${target}.node`)}: it ends after ${found} bytes of ${all}; install`);

describe('a library that is cut off', () => {
  const { length } = readFileSync(library);
  for (const size of [0, 3, 64, 4096, Math.floor(length / 2), length - 1]) {
    it(`is not loaded at ${size} bytes`, () => {
      const project = fresh();
      truncateSync(fileOf(project, target), size);
      stops(project, cuts(size, size < 64 ? 64 : length));
    });
  }
});

it('takes no file that is no library', () => {
  const project = fresh();
  writeFileSync(fileOf(project, target), 'version https://git-lfs\n'.repeat(9));
  stops(project, /\.node: it is no library of Linux; install again/);
  rmSync(fileOf(project, target));
  mkdirSync(fileOf(project, target));
  stops(project, /\.node: .*; install again/);
});

describe('versions', () => {
  it('are compared by the preload', () => {
    const project = fresh();
    const file = join(project, 'node_modules', '@org', 'permit', 'index.js');
    writeFileSync(file, readFileSync(file, 'utf8').replace(`return '${version}'`, "return '9.9.9'"));
    stops(
      project,
      new RegExp(`\\.node: its version is ${escaped(version)}, and that of @org/permit is 9\\.9\\.9; install`),
    );
  });

  it('are compared by the library, before a hook stands', () => {
    const calls = {
      install: (own) => `library.install(require, process, '/old/index.js'${own})`,
      main: (own) => `process.exitCode = library.main(['-e', '0'], '/old/index.js'${own})`,
    };
    for (const node of NODES) {
      for (const [name, call] of Object.entries(calls)) {
        for (const [own, found] of [
          ['', 'unknown'],
          [", '0.0.1'", '0.0.1'],
        ]) {
          const script = `const library = require(${JSON.stringify(library)}); ${call(own)}`;
          const { status, stderr } = bare(node, ['-e', script]);
          const line = `permit: /old/index.js is of version ${found}, and its native library is of version ${version}; install @org/permit again\n`;
          assert.deepEqual([name, status, stderr], [name, 9, line]);
        }
      }
    }
  });
});

it('names the package that is missing', () => {
  const missing = new RegExp(`@org/permit-${target} is missing for ${escaped(folder)}.*, with optional dependencies`);
  stops(fresh([]), missing);
  const strange = `linux-${process.arch === 'x64' ? 'arm64' : 'x64'}-${libc}`;
  stops(fresh([strange]), new RegExp(`@org/permit-${target} is missing for [^;]* \\(found: ${strange}\\); install`));
});

it('does not load the library of another C library', () => {
  const project = fresh([`linux-${process.arch}-${other}`]);
  // Asks for a C library that this machine does not have.
  const file = fileOf(project, `linux-${process.arch}-${other}`);
  const bytes = readFileSync(file);
  const name = libc === 'gnu' ? 'libc.so.6\0' : 'libc.musl-';
  const at = bytes.indexOf(name);
  assert.ok(at > 0);
  bytes.write('libc.else', at);
  writeFileSync(file, bytes);
  stops(
    project,
    new RegExp(`@org/permit-${target} is missing for [^;]* \\(found: linux-${process.arch}-${other}\\); install`),
  );
  // It is all the same under the right name.
  cpSync(file, fileOf(project, target));
  stops(project, /\.node: libc\.else[^;]*: cannot open shared object file[^;]*; install again/);
});

it('says that --no-addons keeps it from loading', () => {
  stops(fresh(), /: Node runs with --no-addons, and permit is an addon; leave that out$/m, ['--no-addons']);
});

it('runs nothing of a program when index.js itself is cut off', () => {
  const project = fresh();
  const file = join(project, 'node_modules', '@org', 'permit', 'index.js');
  const lines = readFileSync(file, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith('if ('));
  const [node] = NODES;
  for (let count = first + 1; count < lines.length; count += 1) {
    writeFileSync(file, lines.slice(0, count).join('\n'));
    const script = 'process.stdout.write(String(process.permission !== undefined))';
    const { status, stdout } = bare(node, ['-r', '@org/permit', '-e', script], { cwd: project });
    // The last functions only serve other ways in.
    if (status === 0) assert.equal(stdout, 'true', `${count} lines`);
    else assert.equal(stdout, '', `${count} lines`);
  }
});

/** Whether this user may mount file systems. */
function mayMount() {
  if (process.platform !== 'linux' || process.getuid() !== 0) return false;
  const place = mkdtempSync(join(folder, 'mount-'));
  if (spawnSync('mount', ['-t', 'tmpfs', 'permit', place]).status !== 0) return false;
  execFileSync('umount', [place]);
  return true;
}

describe('file systems', { skip: machine(mayMount(), 'root that may mount') }, () => {
  const mounted = [];
  const mount = (place, ...args) => {
    execFileSync('mount', [...args, place]);
    mounted.push(place);
    return place;
  };
  after(() => {
    for (const place of mounted) execFileSync('umount', [place]);
  });
  const empty = () => mkdtempSync(join(folder, 'mount-'));

  it('that are read-only serve', () => {
    const project = install(mount(empty(), '-t', 'tmpfs', 'permit'));
    execFileSync('mount', ['-o', 'remount,ro', project]);
    holds(project);
  });

  it('that are mounted noexec do not', () => {
    const project = install(mount(empty(), '-t', 'tmpfs', '-o', 'noexec', 'permit'));
    stops(
      project,
      /\.node: failed to map[^;]*; the file system does not let it run \(noexec\); install into another$/m,
    );
  });

  it('that are full leave a library that is cut off, and serve when it is whole', () => {
    const small = mount(empty(), '-t', 'tmpfs', '-o', 'size=1m', 'permit');
    install(small, []);
    mkdirSync(dirname(fileOf(small, target)));
    // Unlike Node, `cp` leaves what it has written.
    const { status, stderr } = spawnSync('cp', [library, fileOf(small, target)], { encoding: 'utf8' });
    assert.deepEqual([status, stderr.includes('No space left on device')], [1, true], stderr);
    stops(small, /\.node: it ends after \d+ bytes of \d+; install/);
    const full = install(mount(empty(), '-t', 'tmpfs', '-o', 'size=16m', 'permit'));
    assert.throws(() => writeFileSync(join(full, 'more'), Buffer.alloc(32 << 20)), { code: 'ENOSPC' });
    assert.equal(statfsSync(full).bfree, 0);
    holds(full);
  });
});
