// Turns a command line for `node --permission` into one for permit: the flags of the permission
// model become the policy, everything else stays as it is. It knows no more of Node's options than
// where the program begins.
import { readFileSync } from 'node:fs';
import { options } from '../../helpers/run.mjs';

const ON = new Set(['--permission', '--experimental-permission', '--permission-audit']);
/** Options of Node whose value may be the next word. */
const TAKES_NEXT = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-e',
  '--eval',
  '-C',
  '--conditions',
  '--input-type',
  '--experimental-config-file',
  '--allow-fs-read',
  '--allow-fs-write',
  '--title',
  '--disable-warning',
]);
const EVALUATES = new Set(['-p', '--print', '-pe']);
const CONFIG = '--experimental-config-file';

// Not every `--allow-…` is of the permission model: V8 has some too.
const GRANTS =
  /^--(?:no-)?allow-(?:addons|child-process|env|ffi|fs-read|fs-vfs|fs-write|inspector|net|openssl-store|wasi|worker)$/;

const isPolicy = (word) => ON.has(word) || GRANTS.test(word) || word === '--no-permission';

/**
 * The words of a command line, option by option: `[[option, value?], …]` and what comes from the
 * program on.
 */
function parted(words) {
  const parts = [];
  let at = 0;
  while (at < words.length && words[at].startsWith('-') && words[at] !== '-' && words[at] !== '--') {
    const word = words[at];
    const next = words[at + 1];
    const takes = TAKES_NEXT.has(word) || (EVALUATES.has(word) && next !== undefined && !next.startsWith('-'));
    parts.push(takes && next !== undefined ? [word, next] : [word]);
    at += parts.at(-1).length;
  }
  return { parts, rest: words.slice(at) };
}

const configOf = ([word, value]) =>
  word === CONFIG ? value : word.startsWith(`${CONFIG}=`) ? word.slice(CONFIG.length + 1) : undefined;

/** Does this file of Node's turn the permission model on? */
function turnsOn(file) {
  try {
    const permission = JSON.parse(readFileSync(file, 'utf8')).permission;
    return typeof permission === 'object' && permission.permission !== false;
  } catch {
    return false;
  }
}

/** The words of `NODE_OPTIONS`. */
export function split(text) {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"/g, (_, inside) => inside.replace(/\\(.)/g, '$1')),
  );
}

/**
 * What permit is to be told: `policy` (flags for PERMIT_OPTIONS), `config` (a file for PERMIT_CONFIG), and the words that
 * stay for Node in `fromOptions` and `line`. `undefined` if nothing turns the permission model on.
 */
export function translate(line, fromOptions = []) {
  const given = parted(fromOptions);
  const { parts, rest } = parted(line);
  const all = [...given.parts, ...parts];
  const config = all.map(configOf).findLast((file) => file !== undefined);
  if (!all.some(([word]) => ON.has(word)) && !(config !== undefined && turnsOn(config))) return undefined;
  const stays = (part) => !isPolicy(part[0].split('=')[0]) && configOf(part) === undefined;
  return {
    // A value of its own word may begin as it likes: permit and Node take it behind `=` alike.
    policy: all
      .filter(([word]) => isPolicy(word.split('=')[0]))
      .map((part) => part.join('=').replace(/^--experimental-permission$/, '--permission')),
    config,
    fromOptions: given.parts.filter(stays).flat(),
    line: [...parts.filter(stays).flat(), ...rest],
  };
}

/** The environment and the words with which permit holds what `found` says. */
export function held(found, env, { preload, execPath }) {
  const next = { ...env, PERMIT_OPTIONS: options([...found.policy, `--allow-fs-read=${execPath}`]) };
  if (found.config !== undefined) next.PERMIT_CONFIG = found.config;
  if (found.fromOptions.length > 0) next.NODE_OPTIONS = options(found.fromOptions);
  else delete next.NODE_OPTIONS;
  return { env: next, line: ['-r', preload, '-r', execPath, ...found.line] };
}
