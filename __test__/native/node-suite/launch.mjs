// What a program of Node's suite starts as `process.execPath`: becomes the Node under test, with
// the flags of the permission model turned into permit's policy. Called by the shell script that
// stand-in.mjs writes, with an empty environment: what the program gave its child comes in
// variables, so that none of it works on this process: Node looks for some options in the arguments
// of a program too.
import { held, split, translate } from './translate.mjs';

const { SUITE_NODE: node, SUITE_PRELOAD: preload, SUITE_EXEC_PATH: execPath, SUITE_APART: apart } = process.env;
/** Strings that each end with a zero byte. */
const strings = (text) => Buffer.from(text, 'base64').toString().split('\0').slice(0, -1);
const pairs = strings(process.env.SUITE_ENV);
let env = Object.fromEntries(
  pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);
let line = strings(process.env.SUITE_ARGS);

// permit put its own preload first; it comes first again below.
const fromOptions = split(env.NODE_OPTIONS ?? '');
const own = fromOptions[0] === '--require' && fromOptions[1] === preload ? fromOptions.slice(2) : fromOptions;
const found = translate(line, own);
if (found !== undefined) {
  ({ env, line } = held(found, env, { preload, execPath }));
  // Started by somebody who is not held: the policy of the program that starts it is no ceiling.
  if (apart === 'yes') delete env.PERMIT_INHERITED;
} else {
  line = ['-r', execPath, ...line];
}
process.execve(node, [node, ...line], env);
