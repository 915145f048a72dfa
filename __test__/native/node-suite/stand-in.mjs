// Writes what stands in for the Node binary in a program of Node's suite: a script called `node`,
// and a preload that makes it `process.execPath`. Node's programs start `process.execPath` with
// flags of the permission model; the script starts the real one with permit's policy instead.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ORACLE } from '../../helpers/nodes.mjs';
import { PRELOAD } from '../../helpers/run.mjs';

const LAUNCH = join(dirname(fileURLToPath(import.meta.url)), 'launch.mjs');
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// What the helpers of Node's suite ask of the runtime to say where a call was, and Node 20 does not
// have.
const HELPS = `require('util').getCallSites ??= () => Array.from({ length: 9 }, () => ({ scriptName: '', lineNumber: 0, columnNumber: 0 }));\n`;

/**
 * The path of the script. `apart`: children with a policy of their own do not have their parent's
 * as a ceiling.
 */
export function standIn(folder, node, apart) {
  const home = join(folder, `${node.version}${apart ? '-apart' : ''}`);
  mkdirSync(home, { recursive: true });
  const script = join(home, 'node');
  const execPath = join(home, 'exec-path.cjs');
  writeFileSync(execPath, `process.execPath = process.argv[0] = ${JSON.stringify(script)};\n${HELPS}`);
  const settings = {
    SUITE_NODE: node.path,
    SUITE_PRELOAD: PRELOAD,
    SUITE_EXEC_PATH: execPath,
    SUITE_APART: apart ? 'yes' : 'no',
  };
  const words = Object.entries(settings).map(([name, value]) => quoted(`${name}=${value}`));
  // The launcher needs execve, and so a new Node, whichever Node it starts.
  writeFileSync(
    script,
    [
      '#!/bin/sh',
      'env=$(env -0 | base64 -w 0)',
      `args=$(for word in "$@"; do printf '%s\\0' "$word"; done | base64 -w 0)`,
      `exec env -i ${words.join(' ')} SUITE_ENV="$env" SUITE_ARGS="$args" ${quoted(ORACLE.path)} --no-warnings ${quoted(LAUNCH)}`,
      '',
    ].join('\n'),
  );
  chmodSync(script, 0o755);
  return script;
}
