// Runs one case program to its end in child processes and gives back its rows. A row that kills its
// process is a row too: the next child goes on after it. (`helpers/run.mjs` waits synchronously and
// keeps 1 MiB; here two programs run at once.)
import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnv, options, PRELOAD } from '../helpers/run.mjs';
import { fell, grow, left, PLACES } from './tree.mjs';

export const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'programs');
const require = createRequire(import.meta.url);
const SILENCE = 60_000;

/** The rows of a program, as its table names them. */
export const tableOf = (program) => require(join(PROGRAMS, `${program}.js`));

/**
 * What stands before the program on the command line, and in the environment, under each way of
 * being held.
 */
export const WAYS = {
  oracle: (flags) => ({ args: ['--permission', ...flags], env: {} }),
  permit: (flags) => ({ args: ['-r', PRELOAD], env: { PERMIT_OPTIONS: options(flags) } }),
  bare: () => ({ args: [], env: {} }),
};

function once(node, args, env, cwd, inherited) {
  return new Promise((resolve) => {
    const child = spawn(node.path, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe', inherited ?? 'ignore'] });
    const out = [];
    const err = [];
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), SILENCE);
    };
    alive();
    child.stdout.on('data', (part) => {
      alive();
      out.push(part);
    });
    child.stderr.on('data', (part) => err.push(part));
    child.on('exit', () =>
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 2000).unref(),
    );
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
    });
  });
}

/**
 * Takes out what differs from run to run: the root, the place of the programs, ports, process ids.
 */
function placeholders(root, hidden) {
  const swaps = [
    ...hidden,
    [root, '$T'],
    [basename(root), '$ROOT'],
    [[...Buffer.from(root)].join(), '$BYTES'],
    [PROGRAMS, '$P'],
    [dirname(PRELOAD), '$PERMIT'],
  ].filter(([from]) => from);
  return (text) => {
    for (const [from, to] of swaps) text = text.replaceAll(from, to);
    return text
      .replace(/\bt-\w{6}\b/g, 't-XXXXXX')
      .replace(/\b[0-9A-F]{12,16}:error[^"]*/g, '$TLS')
      .replace(/<Buffer [^>"\\]*>?/g, '<Buffer>')
      .replace(/(Uint8Array|Buffer)\(\d+\) \[[^\]]*\]/g, '$1');
  };
}

/**
 * `options` are more of Node's own, `preloads` run before the program, `hear` gets every line that is none of its rows.
 * `marked`: the contents of a place name it (`own`), and each row has a sub-tree in every place (`everywhere`). `deaths`: after so many rows that killed
 * their process, what is known is given back.
 * @param {{ name: string, program: string, flags: (root: string) => string[], env?: object, hidden?: [string, string][], options?: (node: object) => string[], preloads?: string[], hear?: (line: string) => void, marked?: 'own' | 'everywhere', deaths?: number }} plan
 * @returns {Promise<Map<string, object>>} the outcome of every row by its id
 */
export async function play(plan, node, way) {
  const table = tableOf(plan.program);
  const rows = plan.marked === 'everywhere' ? table.map((row) => ({ ...row, places: PLACES })) : table;
  const root = grow(rows, plan.marked);
  const clean = placeholders(root, [[node.path, '$NODE'], ...(plan.hidden ?? [])]);
  const outcomes = new Map();
  const before = way === 'permit' ? rows.map((row, n) => left(root, row, n)) : [];
  const inherited = openSync(`${root}/N/secret.txt`, 'r+');
  const { args, env } = WAYS[way](plan.flags(root));
  for (const preload of plan.preloads ?? []) args.push('-r', preload);
  const keep = (n, outcome) => {
    const after = left(root, rows[n], n);
    const told = JSON.parse(clean(JSON.stringify({ ...outcome, left: after })));
    // mkdtemp ends every name that it makes in six letters of chance.
    if (rows[n].id.startsWith('mkdtemp')) {
      const steady = (text) => text?.replace(/[A-Za-z0-9]{6}(?=[/"'\]]|$)/g, 'XXXXXX');
      for (const place of Object.keys(told.left)) told.left[place] = steady(told.left[place]);
      told.value = steady(told.value);
      if (told.code !== 'ERR_ACCESS_DENIED') told.message = steady(told.message);
    }
    const changed = Object.keys(after).filter((place) => before[n] && before[n][place] !== after[place]);
    outcomes.set(rows[n].id, { ...told, row: rows[n], changed });
  };
  try {
    for (let from = 0, failures = 0, deaths = 0; from < rows.length;) {
      const result = await once(
        node,
        [
          ...(plan.options?.(node) ?? []),
          ...args,
          ...(plan.ffi && node.major >= 26 ? ['--experimental-ffi'] : []),
          join(PROGRAMS, `${plan.program}.js`),
        ],
        cleanEnv({ ...env, ...plan.env, ROWS_ROOT: root, ROWS_FROM: String(from), ROWS_INHERITED: '3' }),
        join(root, 'R'),
        inherited,
      );
      let begun = -1;
      let next = -1;
      let ended = false;
      for (const line of result.out.split('\n')) {
        if (line.startsWith('> ')) begun = Number(line.slice(2));
        else if (line === 'done') ended = true;
        else if (line.startsWith('next ')) next = Number(line.slice(5));
        else if (line.startsWith('{"n":')) {
          const { n, id, ...outcome } = JSON.parse(line);
          if (rows[n].id !== id) throw new Error(`${plan.name}: row ${n} is ${id}, not ${rows[n].id}`);
          keep(n, outcome);
          begun = -1;
        } else if (line.startsWith('{"id":"between rows"')) {
          const stray = JSON.parse(clean(line));
          outcomes.set(`between rows: ${stray.code} ${stray.message}`, { ...stray, row: {}, left: {} });
        } else plan.hear?.(line);
      }
      if (ended) break;
      if (next > from) {
        from = next;
        continue;
      }
      const died = {
        how: 'died',
        code: result.signal ?? `exit ${result.code}`,
        message: result.err
          .trim()
          .split('\n')
          .slice(0, 6)
          .join(' | ')
          .replace(/\[\d+\]|0x\w+/g, '')
          .slice(0, 300),
      };
      if (begun < 0) {
        // Before its first row, or between two: the program cannot be run at all.
        failures += 1;
        const last = Math.max(-1, ...[...outcomes.values()].map((one) => rows.indexOf(one.row)));
        if (last + 1 === from || failures > 20)
          throw new Error(
            `${plan.name} (${way}, node ${node.version}) does not run: ${died.code}\n${result.err.slice(0, 2000)}`,
          );
        from = last + 1;
      } else {
        keep(begun, died);
        from = begun + 1;
        deaths += 1;
        if (deaths === plan.deaths) break;
      }
    }
  } finally {
    closeSync(inherited);
    fell(root);
  }
  return outcomes;
}
