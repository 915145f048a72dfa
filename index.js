#!/usr/bin/env node
'use strict';

// Picks the binary for this platform and loads it. As a preload it hooks this thread before any code of the program
// runs; as the program itself it is the command `permit`. Whatever goes wrong ends the process with code 9: a
// program never runs unguarded by accident.
//
// This file is read by Nodes that are too old as well, which must get as far as the line that says so: no syntax that is
// newer than theirs.

const { platform, arch, execArgv, env, exit, versions } = process;

/** The oldest Node that has all that permit guards. */
const OLDEST = [20, 12];

function die(message) {
  // Not before it is needed: to look at it makes a stream.
  process.stderr.write(`permit: ${message}\n`);
  exit(9);
}

function isTooOld() {
  const [major, minor] = versions.node.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function load() {
  if (isTooOld()) return die(`needs Node ${OLDEST.join('.')} or newer, this is ${versions.node}`);
  const targets =
    {
      linux: [`linux-${arch}-gnu`, `linux-${arch}-musl`],
      darwin: [`darwin-${arch}`],
      win32: [`win32-${arch}-msvc`],
    }[platform] || [];
  const tried = [];
  for (const target of targets) {
    for (const file of places(target)) {
      try {
        return require(file);
      } catch (error) {
        tried.push(`${file}: ${error.message.split('\n', 1)[0]}`);
      }
    }
  }
  const found = tried.length > 0 ? tried.join('; ') : 'none is installed beside it';
  return die(`no native library for ${platform} ${arch} could be loaded (${found})`);
}

// Where the library of a target lies, by absolute path: beside this file, or in a package of its own. `require` of a bare
// name would also look where `NODE_PATH` and `HOME` say, which a program sets for its children and workers.
function places(target) {
  const { existsSync } = require('fs');
  const { dirname, join } = require('path');
  const name = `permit.${target}.node`;
  const found = [join(__dirname, name)];
  for (let folder = __dirname, below; folder !== below; folder = dirname(folder)) {
    below = folder;
    found.push(join(folder, 'node_modules', '@org', `permit-${target}`, name));
  }
  return found.filter((file) => existsSync(file));
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

if (require.main === module) {
  process.exitCode = load().main(process.argv.slice(2), __filename);
} else if (process.permission !== undefined && typeof process.permission.status === 'function') {
  module.exports.permission = process.permission;
} else if (process.permission !== undefined) {
  die(
    "Node's own permission model is on in this process; choose one: start it without --permission, or without permit",
  );
} else if (module.isPreloading && isCommand()) {
  // The command reads and writes files without hooks.
  if (env.PERMIT_INHERITED) die('the command permit does not run in a program that permit holds');
  exit(load().main(process.argv.slice(2), __filename));
} else if (isTooOld() || isPreload()) {
  module.exports.permission = load().install(require, process, __filename);
} else {
  throw new Error(
    '@org/permit does not hold this process: it has to run before the program does. Start it with ' +
      "'node -r @org/permit app.js', or with NODE_OPTIONS='-r @org/permit'.",
  );
}
