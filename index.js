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
  const targets = {
    linux: [`linux-${arch}-gnu`, `linux-${arch}-musl`],
    darwin: [`darwin-${arch}`],
    win32: [`win32-${arch}-msvc`],
  }[platform] || [];
  const tried = [];
  for (const target of targets) {
    for (const name of [`./permit.${target}.node`, `@org/permit-${target}`]) {
      try {
        return require(name);
      } catch (error) {
        tried.push(`${name}: ${error.message.split('\n', 1)[0]}`);
      }
    }
  }
  return die(`no native library for ${platform} ${arch} could be loaded (${tried.join('; ')})`);
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
  die("Node's own permission model is on in this process; choose one: start it without --permission, or without permit");
} else if (isTooOld() || isPreload()) {
  module.exports.permission = load().install(require, process, __filename);
} else {
  throw new Error(
    "@org/permit does not hold this process: it has to run before the program does. Start it with " +
    "'node -r @org/permit app.js', or with NODE_OPTIONS='-r @org/permit'.",
  );
}
