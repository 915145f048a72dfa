// Node's own programs about its permission model, run under permit: `node
// __test__/native/node-suite.mjs FOLDER [words…]`, where FOLDER is the `test` folder of Node's
// source (or a copy: the programs write into it). Their `// Flags:` become permit's policy, and so
// do the flags that they start `process.execPath` with. Each program runs on every Node, and on
// Node 26.12 under its own model, which is the measure: what passes there passes under permit, or
// stands with its reason in node-suite-exceptions.mjs. Nothing of the programs is kept here.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALL_NODES, ORACLE } from '../helpers/nodes.mjs';
import { cleanEnv } from '../helpers/run.mjs';
import { EXCEPTIONS } from './node-suite-exceptions.mjs';
import { standIn } from './node-suite/stand-in.mjs';

const LIMIT = 20_000;
const AT_ONCE = 2;
const HEADS = [
  'passes',
  'beyond the oracle',
  'passes with children apart',
  'listed',
  'skips itself',
  'lacks an option',
  'the oracle fails too',
  'not listed',
];

/** What goes wrong before anything runs. */
export class Unusable extends Error {}

/** The programs below a folder, by their paths in it. */
export function programs(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw new Unusable(`${folder}: ${error.code === 'ENOTDIR' ? 'is no folder' : error.message}`);
  }
  const found = entries
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name) && entry.name.includes('permission'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(fixtures|common|node_modules|\.tmp[^/]*)\//.test(path))
    .filter(
      (path) =>
        basename(path).startsWith('test-permission-') ||
        /--(experimental-)?permission\b/.test(readFileSync(join(folder, path), 'utf8')),
    );
  if (found.length === 0)
    throw new Unusable(
      `${folder}: holds no program of Node's about permissions; it must be the folder "test" of Node's source`,
    );
  return found.toSorted();
}

/** The words behind `// Flags:`, which Node's own runner looks for near the beginning. */
export function flagsOf(text) {
  const line = text.slice(0, 1500).match(/\/\/ Flags:\s+(--.*)/);
  return line ? line[1].trim().split(/\s+/) : [];
}

const running = new Set();
/** The whole group: a program that is stopped must not leave its children behind. */
function stop(child) {
  running.delete(child);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    /* none is left */
  }
}

/**
 * Runs a program; `outcome` is `pass`, `skip`, `lacks` (this Node has no such option) or `fail`,
 * `said` how it ended.
 */
function run(file, args, { cwd, env }) {
  return new Promise((done) => {
    const child = spawn(file, args, { cwd, env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    let hung = false;
    running.add(child);
    const timer = setTimeout(() => {
      hung = true;
      stop(child);
    }, LIMIT);
    child.once('error', (error) => {
      stderr += error.message;
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      stop(child);
      const said = `${stdout}\n${stderr}\n[code ${code}, signal ${signal}]`;
      const skips = /^1\.\.0 # Skipped/m.test(stdout);
      if (code === 0) return done({ outcome: skips ? 'skip' : 'pass', said });
      done({
        hung,
        outcome: code === 9 && /(^|\n)\S*node: bad option: /.test(stderr) && stdout === '' ? 'lacks' : 'fail',
        said,
      });
    });
  });
}

const OK = new Set(['pass', 'skip', 'lacks']);

/**
 * Runs the programs of a folder and holds them to the list.
 * @returns {Promise<{ rows: object[], problems: string[] }>} `rows` has one `{ program, node, is, said }` a program and Node
 */
export async function suite(folder, { words = [], nodes = ALL_NODES, exceptions = EXCEPTIONS, tell = () => {} } = {}) {
  const root = realpathSync(resolve(folder));
  const chosen = programs(root).filter((path) => words.length === 0 || words.some((word) => path.includes(word)));
  if (chosen.length === 0) throw new Unusable(`${folder}: no program matches ${words.join(' ')}`);
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'permit-node-suite-')));
  const rows = [];
  const problems = [];
  const stands = new Map(
    nodes.map((node) => [node, { under: standIn(scratch, node, false), apart: standIn(scratch, node, true) }]),
  );

  async function judged(path, lane) {
    const program = basename(path);
    const flags = flagsOf(readFileSync(join(root, path), 'utf8'));
    // Node's runner starts them in the folder above; flags name paths from there.
    const where = { cwd: dirname(root), env: { NODE_SKIP_FLAG_CHECK: '1', TEST_THREAD_ID: `permit-${lane}` } };
    const line = [...flags, join(root, path)];
    const oracle = await run(ORACLE.path, line, where);
    for (const node of nodes) {
      const entry = exceptions.find(
        (one) => one.program === program && (one.nodes ?? [node.major]).includes(node.major),
      );
      const one = await run(stands.get(node).under, line, where);
      // What hung hangs again.
      const apart =
        OK.has(one.outcome) || one.hung ? { outcome: 'fail' } : await run(stands.get(node).apart, line, where);
      const row = { path, program, node, oracle: oracle.outcome, said: one.said, is: 'not listed' };
      const wrong = (problem) => problems.push(`${program} on Node ${node.version}: ${problem}`);
      if (one.outcome === 'pass') row.is = oracle.outcome === 'pass' ? 'passes' : 'beyond the oracle';
      // Where the oracle does not skip, the same Node has no reason to.
      else if (one.outcome === 'skip')
        row.is = node.version === ORACLE.version && oracle.outcome === 'pass' ? 'not listed' : 'skips itself';
      else if (one.outcome === 'lacks') row.is = 'lacks an option';
      else if (entry?.apart && apart.outcome === 'pass') row.is = 'passes with children apart';
      else if (entry && !entry.apart && entry.says.test(one.said)) row.is = 'listed';
      else if (oracle.outcome === 'fail') row.is = 'the oracle fails too';
      if (entry && OK.has(one.outcome)) wrong(`${row.is}, and is in the list of exceptions; take it out`);
      else if (entry && !entry.apart && apart.outcome === 'pass')
        wrong('passes with its children apart; say so in the list of exceptions');
      else if (row.is === 'not listed' && entry)
        wrong(
          `fails otherwise than the list of exceptions says${entry.apart ? ', also with its children apart' : `, which is ${entry.says}`}`,
        );
      else if (row.is === 'not listed')
        wrong(
          `${one.outcome === 'skip' ? 'skips itself' : 'fails'}, passes under Node ${ORACLE.version}'s own model${apart.outcome === 'pass' ? ' and with its children apart' : ''}, and is not in the list of exceptions`,
        );
      rows.push(row);
      tell(row);
    }
  }

  try {
    const queue = [...chosen];
    const work = async (_, lane) => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) await judged(path, lane);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { rows, problems: problems.toSorted() };
}

/** The figures in Markdown, a line a Node. */
export function figures(rows, nodes = ALL_NODES) {
  const count = (node, is) => rows.filter((row) => row.node.version === node.version && row.is === is).length;
  const lines = nodes.map((node) => [
    node.version,
    new Set(rows.map(({ path }) => path)).size,
    ...HEADS.map((is) => count(node, is)),
  ]);
  return [['Node', 'programs', ...HEADS], ['', '', ...HEADS].map(() => '---'), ...lines]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...words] = process.argv.slice(2);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      for (const child of running) stop(child);
      process.exit(1);
    });
  }
  try {
    if (folder === undefined)
      throw new Unusable('name the folder "test" of Node\'s source: node-suite.mjs FOLDER [words…]');
    if (!statSync(folder, { throwIfNoEntry: false })) throw new Unusable(`${folder}: there is no such folder`);
    const tell = ({ program, node, is, said }) => {
      console.log(`${is.padEnd(26)} ${String(node.major)} ${program}`);
      if (is === 'not listed') console.log(said.trim().replace(/^/gm, '    | '));
    };
    const { rows, problems } = await suite(folder, { words, tell });
    console.log(`\n${figures(rows)}\n`);
    for (const problem of problems) console.error(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    console.error(`node-suite: ${error.message}`);
    process.exitCode = 2;
  }
}
