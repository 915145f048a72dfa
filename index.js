#!/usr/bin/env node
'use strict';

// Picks the binary for this platform and loads it. As a preload it hooks this thread before any code of the program
// runs; as the program itself it is the command `permit`. Whatever goes wrong ends the process with code 9: a
// program never runs unguarded by accident.
//
// This file is read by Nodes that are too old as well, which must get as far as the line that says so: no syntax that is
// newer than theirs.

const { platform, arch, execArgv, env, exit, versions } = process;

// The functions stand below their use. So a copy of this file that is cut off runs nothing, or fails for want of a
// function.
if (require.main === module) {
  process.exitCode = load().main(process.argv.slice(2), __filename, version());
} else if (process.permission !== undefined && typeof process.permission.status === 'function') {
  module.exports.permission = process.permission;
} else if (process.permission !== undefined) {
  die(
    "Node's own permission model is on in this process; choose one: start it without --permission, or without permit",
  );
} else if (module.isPreloading && isCommand()) {
  // The command reads and writes files without hooks.
  if (env.PERMIT_INHERITED) die('the command permit does not run in a program that permit holds');
  exit(load().main(process.argv.slice(2), __filename, version()));
} else if (isTooOld() || isPreload()) {
  module.exports.permission = load().install(require, process, __filename, version());
} else {
  throw new Error(
    '@org/permit does not hold this process: it has to run before the program does. Start it with ' +
      "'node -r @org/permit app.js', or with NODE_OPTIONS='-r @org/permit'.",
  );
}

function die(message) {
  // Not before it is needed: to look at it makes a stream.
  process.stderr.write(`permit: ${message}\n`);
  exit(9);
}

/** Returns true for a Node that lacks some of what permit guards. */
function isTooOld() {
  const [major, minor] = versions.node.split('.').map(Number);
  return major < 20 || (major === 20 && minor < 12);
}

/** Returns the native library. Without one the process ends. */
function load() {
  if (isTooOld()) return die(`needs Node 20.12 or newer, this is ${versions.node}`);
  try {
    return find();
  } catch (error) {
    return die(`no native library could be loaded: ${error.message}`);
  }
}

function find() {
  const failures = [];
  for (const target of targets(`${platform}-${arch}-`)) {
    for (const file of places(target)) {
      try {
        return whole(file);
      } catch (error) {
        failures.push({ target, file, error });
      }
    }
  }
  throw new Error(reason(failures));
}

/** Returns the targets that a library is built for, or those of one platform. */
function targets(start = '') {
  const all = ['linux-x64-gnu', 'linux-x64-musl', 'linux-arm64-gnu', 'linux-arm64-musl'];
  return all.filter((target) => target.startsWith(start));
}

/** Returns the version of this file. The library must have the same. `npm version` writes it. */
function version() {
  return '0.1.0';
}

/**
 * Returns the places of the library of a target, as absolute paths: beside this file, or in a package of its own.
 * `require` of a bare name would also look where `NODE_PATH` and `HOME` say, which a program sets for its children and
 * workers.
 */
function places(target) {
  const { existsSync, readdirSync } = require('fs');
  const { basename, dirname, join } = require('path');
  const name = `permit.${target}.node`;
  const inside = join('node_modules', '@org', `permit-${target}`, name);
  const found = [join(__dirname, name)];
  for (let folder = __dirname, below; folder !== below; folder = dirname(folder)) {
    below = folder;
    found.push(join(folder, inside));
    // Yarn Plug'n'Play unpacks each package into a folder of its own:
    // .yarn/unplugged/@org-permit-…/node_modules/@org/permit.
    if (basename(folder).startsWith('@org-permit-')) {
      const packages = readdirSync(dirname(folder)).filter((entry) => entry.startsWith(`@org-permit-${target}-`));
      found.push(...packages.map((entry) => join(dirname(folder), entry, inside)));
    }
  }
  return found.filter((file) => existsSync(file));
}

/** Loads a library, or throws. Node that maps a file which is cut off ends with SIGBUS: its length is checked first. */
function whole(file) {
  const { size, expected } = lengths(file);
  if (size < expected) throw new Error(`it ends after ${size} bytes of ${expected}`);
  const library = require(file);
  if (library.VERSION === version()) return library;
  throw new Error(`its version is ${library.VERSION || 'unknown'}, and that of @org/permit is ${version()}`);
}

/** Returns the length of a library, and that which its header tells. The table of its sections comes last. */
function lengths(file) {
  const { closeSync, fstatSync, openSync, readSync } = require('fs');
  const head = Buffer.alloc(64);
  let descriptor;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    // Node cannot load such a file either, and its loader reports the reason.
    return { error };
  }
  const length = readSync(descriptor, head, 0, 64, 0);
  const { size } = fstatSync(descriptor);
  closeSync(descriptor);
  if (length > 3 && head.readUInt32BE(0) !== 0x7f454c46) throw new Error('it is no library of Linux');
  const end = Number(head.readBigUInt64LE(40)) + head.readUInt16LE(58) * head.readUInt16LE(60);
  return { size, expected: length < 64 ? 64 : end };
}

/** Returns why no library loads, and what to do. */
function reason(failures) {
  if (targets(`${platform}-${arch}-`).length === 0) {
    return `there is none for ${platform} ${arch}; permit runs on Linux, on x64 and arm64`;
  }
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
  const expected = `linux-${arch}-${libc}`;
  const failure = failures.find(({ target }) => target === expected);
  if (failure === undefined) {
    const others = targets().filter((target) => places(target).length > 0);
    const found = others.length > 0 ? ` (found: ${others.join(', ')})` : '';
    const missing = `@org/permit-${expected} is missing for ${__dirname}${found}`;
    return `${missing}; install again on this machine, with optional dependencies`;
  }
  const { file, error } = failure;
  if (error.code === 'ERR_DLOPEN_DISABLED') return 'Node runs with --no-addons, and permit is an addon; leave that out';
  const message = error.message.split('\n', 1)[0].replace(`${file}: `, '');
  const todo = /failed to map segment|Operation not permitted/.test(message)
    ? 'the file system does not let it run (noexec); install into another'
    : 'install again on this machine';
  return `${file}: ${message}; ${todo}`;
}

// Whether the program of this process is the command: then the preload is of no use, and Node, which has this file loaded by
// then, would not run it again.
function isCommand() {
  const { existsSync, realpathSync } = require('fs');
  const program = process.argv[1];
  return program !== undefined && process._eval == null && existsSync(program) && realpathSync(program) === __filename;
}

// A preload by `--import` is not marked as one; then this file must be among the specifiers it names.
function isPreload() {
  if (module.isPreloading) return true;
  if (require.main !== undefined) return false;
  const { createRequire } = require('module');
  const { pathToFileURL } = require('url');
  const from = createRequire(`${process.cwd()}/`);
  const words = execArgv.concat((env.NODE_OPTIONS || '').split(' '));
  return words.some((word, index) => {
    const name = word.startsWith('--import=') ? word.slice(9) : words[index - 1] === '--import' ? word : undefined;
    if (name === undefined) return false;
    let found;
    try {
      found = name === pathToFileURL(__filename).href ? __filename : from.resolve(name);
    } catch (error) {
      // Another preload, which this Node will not find either.
      found = error.code;
    }
    return found === __filename;
  });
}
