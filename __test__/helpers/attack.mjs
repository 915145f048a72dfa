// Reads an attack, makes the places that it is tried in, runs it with or without permit, and looks
// at what became of the places: what it says of itself is not enough.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ORACLE } from './nodes.mjs';
import { descriptorOf } from './peers.mjs';
import { PRELOAD, cleanEnv, options, scratch } from './run.mjs';

const ATTACKS = join(dirname(fileURLToPath(import.meta.url)), '..', 'attacks');
const HELPER = join(dirname(fileURLToPath(import.meta.url)), 'attempt.js');
const folder = scratch();
const KEYS = ['Policy', 'Lapses', 'Takes', 'Refused', 'Control', 'Node', 'Given', 'Started', 'Alone', 'Here'];

/** What the header of an attack says: its prose, and the values of each key. */
function header(text) {
  const lines = text
    .split('\n')
    .filter(
      (line, at, all) =>
        line.startsWith('// ') &&
        all.slice(0, at).every((above) => above.startsWith('//') || above === "'use strict';"),
    );
  const found = { prose: [], ...Object.fromEntries(KEYS.map((key) => [key, []])) };
  for (const line of lines) {
    const [, key, value] = line.match(/^\/\/ (\w+): (.*)$/) ?? [];
    if (KEYS.includes(key)) found[key].push(value);
    else found.prose.push(line.slice(3));
  }
  return found;
}

/** Whether `>=22` and the like hold of a Node. */
function within(range, { major }) {
  const [, sign, number] = range.match(/^(>=|<)(\d+)$/) ?? assert.fail(`no range of Nodes: ${range}`);
  return sign === '<' ? major < Number(number) : major >= Number(number);
}

/** Every attack, by name. */
export const SCENARIOS = readdirSync(ATTACKS)
  .filter((file) => /^[^.]+\.m?js$/.test(file))
  .toSorted()
  .map((file) => {
    const path = join(ATTACKS, file);
    const { prose, ...keys } = header(readFileSync(path, 'utf8'));
    const [control] = keys.Control;
    return {
      name: file.replace(/\.m?js$/, ''),
      path,
      keys,
      prose: prose.join(' '),
      started: keys.Started.flatMap((line) => line.split(' ')),
      alone: keys.Alone.length > 0 || keys.Here.length > 0,
      control,
      controlled: !control?.startsWith('none'),
      ways: undefined,
      /** The ways that a Node does not have, with the reason. */
      absent(node) {
        const gone = new Map();
        for (const line of keys.Node) {
          const [, range, names, reason] =
            line.match(/^(\S+?)(?: for (.+?))?: (.+)$/) ?? assert.fail(`${file}: Node: ${line}`);
          if (within(range, node)) continue;
          for (const way of names?.split(', ') ?? this.ways) {
            assert.ok(this.ways.includes(way), `${file}: Node: no way ${way}`);
            gone.set(way, reason);
          }
        }
        return gone;
      },
    };
  });

/** Asks an attack for the names of its ways. */
export async function named(scenario) {
  const { stdout, stderr } = await start(ORACLE, [...scenario.started, scenario.path], {});
  assert.match(stdout, /^\["/, stderr);
  scenario.ways = JSON.parse(stdout);
}

async function start(node, args, { env, cwd, fd, ipc }) {
  const stdio = ['pipe', 'pipe', 'pipe'];
  if (fd !== undefined) stdio.push(fd);
  if (ipc) stdio.push('ipc');
  const child = spawn(node.path, args, { env: cleanEnv(env), cwd, stdio });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  child.on('message', () => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => child.send('a socket', socket));
    child.on('exit', () => socket.close(() => {}));
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { status, signal, stdout, stderr };
}

/** A library that makes the file `<its own path>.loaded` as soon as it is loaded. */
const library = (() => {
  let made;
  return () => {
    if (made) return made;
    made = join(folder, 'evil.so');
    const source = `
      struct info { const char *name; void *base; const char *symbol; void *address; };
      int dladdr(const void *, struct info *);
      int creat(const char *, unsigned);
      int snprintf(char *, unsigned long, const char *, ...);
      __attribute__((constructor)) static void loaded(void) {
        struct info info;
        char path[4096];
        if (dladdr((void *)loaded, &info) && snprintf(path, sizeof path, "%s.loaded", info.name) > 0) creat(path, 0600);
      }`;
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', made], { input: source });
    return made;
  };
})();

const expand = (text, place) =>
  text.replace(/\$\{(\w+)\}/g, (whole, name) => place.words[name] ?? assert.fail(`no ${whole}`));

/** What there is to take: a file with a text, a time and a neighbour that nobody can guess. */
function fill(granted, denied) {
  const tokens = [
    randomBytes(8).toString('hex'),
    String(randomInt(1_000_000_000, 1_200_000_000)),
    randomBytes(8).toString('hex'),
  ];
  const [text, time, name] = tokens;
  for (const path of [granted, denied, join(granted, 'sub'), join(denied, 'sub')]) mkdirSync(path);
  for (const path of [join(granted, 'file'), join(granted, 'sub', 'file')]) writeFileSync(path, 'granted\n');
  const secrets = {
    secret: `${text}\n`,
    'secret.json': JSON.stringify({ version: 3, sources: [text], names: [], mappings: '' }),
    'secret.conf': JSON.stringify({ name: 'conf', exports: text, imports: { '#secret': text } }),
    'secret.js': `module.exports = '${text}';\n`,
    'secret.mjs': `export default '${text}';\n`,
    'secret.env': `SECRET=${text}\n`,
    [`name-${name}`]: '',
    'sub/secret': `${text}\n`,
  };
  for (const [file, content] of Object.entries(secrets)) {
    writeFileSync(join(denied, file), content);
    utimesSync(join(denied, file), Number(time), Number(time));
  }
  utimesSync(join(denied, 'sub'), Number(time), Number(time));
  symlinkSync(`name-${name}`, join(denied, 'link'));
  return tokens;
}

const GIVEN = {
  'link (\\S+) to (\\S+)': (place, path, target) => symlinkSync(target, path),
  'hard link (\\S+) to (\\S+)': (place, path, target) => linkSync(target, path),
  'folder (\\S+)': (place, path) => mkdirSync(path, { recursive: true }),
  'file (\\S+) holding (.*)': (place, path, text) => writeFileSync(path, text.replaceAll('\\n', '\n')),
  'library (\\S+)': (place, path) => copyFileSync(library(), path),
  'variable (\\S+) holding the secret': (place, name) => {
    place.env[name] = place.tokens[0];
  },
  listeners: (place) => listen(place),
  'a datagram socket as descriptor 3': () => {},
  'a parent that sends a datagram socket': () => {},
};

/** Counts who connects to a socket, to a port, and sends to that port. */
/** Has a server and a socket for datagrams listen at one port. The system picks it for the server; it may be taken for the other. */
async function atOnePort(server, receive) {
  for (let attempt = 0; ; attempt += 1) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const datagrams = dgram.createSocket('udp4', receive);
    try {
      await once(datagrams.bind(server.address().port, '127.0.0.1'), 'listening');
      return datagrams;
    } catch (error) {
      datagrams.close();
      await once(server.close(), 'close');
      if (error.code !== 'EADDRINUSE' || attempt === 9) throw error;
    }
  }
}

async function listen(place) {
  const sockets = [];
  const [local, tcp] = [0, 1].map(() =>
    net.createServer((socket) => {
      place.arrived += 1;
      sockets.push(socket.on('error', () => {}).resume());
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello');
    }),
  );
  await once(local.listen(`${place.words.D}/listener`), 'listening');
  const datagrams = await atOnePort(tcp, () => {
    place.arrived += 1;
  });
  place.words.PORT = String(tcp.address().port);
  place.close = () => {
    for (const server of [local, tcp, datagrams]) server.close();
    for (const socket of sockets) socket.destroy();
  };
}

async function settle(scenario, node, root, index) {
  const home = join(root, String(index));
  mkdirSync(home);
  const words = {
    A: join(home, 'granted'),
    D: join(home, 'denied'),
    ROOT: home,
    N: String(index),
    SELF: scenario.path,
    PERMIT: dirname(PRELOAD),
    NODE: node.path,
  };
  const place = { home, words, env: {}, arrived: 0, close() {}, tokens: fill(words.A, words.D) };
  for (const line of scenario.keys.Given) {
    const [pattern, make] =
      Object.entries(GIVEN).find(([known]) => new RegExp(`^${known}$`).test(line)) ?? assert.fail(`Given: ${line}`);
    await make(
      place,
      ...expand(line, place)
        .match(new RegExp(`^${pattern}$`))
        .slice(1),
    );
  }
  return place;
}

/** Everything about a file, or about a folder and what is in it. */
function look(path, except) {
  if (path === except) return 'not looked at';
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'missing';
  const { mode, uid, gid, nlink, size, mtimeMs, ctimeMs } = stat;
  const facts = { mode, uid, gid, nlink, size, mtimeMs, ctimeMs };
  if (stat.isSymbolicLink()) facts.target = readlinkSync(path);
  if (stat.isFile()) facts.content = createHash('sha1').update(readFileSync(path)).digest('hex');
  if (stat.isDirectory())
    facts.names = Object.fromEntries(
      readdirSync(path)
        .toSorted()
        .map((name) => [name, look(join(path, name), except)]),
    );
  return facts;
}

const TAKES = {
  'the secret': (place, said) => place.tokens.some((token) => JSON.stringify(said ?? '').includes(token)),
  'an answer': (place, said) => Boolean(said?.got),
  'a connection': (place) => place.arrived > 0,
  'a change of (\\S+)': (place, said, path) => JSON.stringify(look(path)) !== JSON.stringify(place.before[path]),
};

function takes(scenario, place) {
  return scenario.keys.Takes.map((line) => {
    const [pattern, taken] =
      Object.entries(TAKES).find(([known]) => new RegExp(`^${known}$`).test(line)) ??
      assert.fail(`${scenario.name}: Takes: ${line}`);
    const values = expand(line, place)
      .match(new RegExp(`^${pattern}$`))
      .slice(1);
    return { path: values[0], taken: (said) => taken(place, said, ...values) };
  });
}

const flagsOf = (lines) => lines.flatMap((line) => line.split(/ (?=--)/));

/** The flags of the policy, or of the control, for one place. */
function flags(scenario, place, control) {
  const policy = flagsOf(scenario.keys.Policy.filter((line) => line !== 'none'));
  let all = policy;
  if (control && scenario.control.startsWith('only ')) all = flagsOf([scenario.control.slice(5)]);
  else if (control && scenario.control.startsWith('--')) all = [...policy, ...flagsOf([scenario.control])];
  return all.map((flag) => expand(flag, place));
}

/**
 * How long grants that lapse last, in milliseconds: a Node with a thread and a child has started by
 * then.
 */
const LIFE = 5000;

/** Writes a policy with what lapses, if something does, and gives its path. */
function lapse(scenario, places, root) {
  const granted = scenario.keys.Lapses.flatMap((line) =>
    places.map((place) =>
      expand(line, place)
        .match(/^--(\S+?)=(.*)$/)
        .slice(1),
    ),
  );
  if (granted.length === 0) return undefined;
  const expires = `${new Date(Date.now() + LIFE).toISOString().slice(0, 19)}Z`;
  const permission = {};
  for (const [key, grant] of granted) permission[key] = [...(permission[key] ?? []), { grant, expires }];
  for (const place of places) place.words.LAPSES = String(Date.parse(expires));
  const path = join(root, 'policy.json');
  writeFileSync(path, JSON.stringify({ permission }));
  return path;
}

/**
 * Runs an attack on a Node: `bare` without permit, `held` under its policy, `control` under what would let it through.
 * Gives, for each way, what it said and what it took, and whatever else changed around its place.
 */
export async function run(scenario, node, how) {
  const groups = scenario.alone ? scenario.ways.map((_, only) => only) : [undefined];
  const outcomes = [];
  for (const only of groups) outcomes.push(...(await together(scenario, node, how, only)));
  return outcomes;
}

let runs = 0;

async function together(scenario, node, how, only) {
  const root = join(folder, String((runs += 1)));
  mkdirSync(root);
  const places = [];
  for (const index of scenario.ways.keys()) places.push(await settle(scenario, node, root, index));
  for (const place of places) {
    place.before = { around: look(place.home, place.words.A) };
    for (const { path } of takes(scenario, place)) if (path) place.before[path] = look(path);
  }
  const lapses = how !== 'bare' && lapse(scenario, places, root);
  const names = readdirSync(root);
  const env = Object.assign(
    {},
    ...places.map((place) => place.env),
    lapses && { PERMIT_CONFIG: lapses },
    how !== 'bare' && {
      PERMIT_OPTIONS: options([...new Set(places.flatMap((place) => flags(scenario, place, how === 'control')))]),
    },
  );
  const preloads = how === 'bare' ? ['-r', HELPER] : ['-r', PRELOAD, '-r', HELPER];
  const told = JSON.stringify({ places: places.map(({ words }) => words), only, gives: how === 'held' });
  const udp = scenario.keys.Given.includes('a datagram socket as descriptor 3')
    ? dgram.createSocket('udp4')
    : undefined;
  if (udp) await once(udp.bind(0, '127.0.0.1'), 'listening');
  const result = await start(node, [...preloads, '--no-warnings', ...scenario.started, scenario.path, told], {
    env,
    cwd: only !== undefined && scenario.keys.Here.length > 0 ? expand(scenario.keys.Here[0], places[only]) : root,
    fd: udp && descriptorOf(udp),
    ipc: scenario.keys.Given.includes('a parent that sends a datagram socket'),
  });
  udp?.close();
  if (scenario.keys.Given.includes('listeners')) await after(30);
  const lines = result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{"name":'))
    .map((line) => JSON.parse(line));
  const outcomes = scenario.ways.flatMap((name, index) => {
    if (only !== undefined && only !== index) return [];
    const place = places[index];
    const said = lines.find((line) => line.name === name);
    const around = JSON.stringify(look(place.home, place.words.A)) !== JSON.stringify(place.before.around);
    return {
      name,
      said,
      around,
      taken: takes(scenario, place).some(({ taken }) => taken(said)),
      leaked: place.tokens.some((token) => `${result.stdout}${result.stderr}`.includes(token)),
      expected: scenario.keys.Refused.map((line) => expand(line, place)),
      result,
    };
  });
  for (const place of places) place.close();
  assert.deepEqual(readdirSync(root), names, 'the working directory was written to');
  rmSync(root, { recursive: true });
  return outcomes;
}

/** Which of the lines of `Refused` an outcome meets; -1 for none. */
export function met({ said, expected }) {
  return expected.findIndex((line) => {
    if (line.startsWith('silently')) return true;
    const [, code, permission, resource] = line.match(/^(ERR_\w+|)\s*(\w+)?\s*(.*)$/);
    if (said?.code !== (code || 'ERR_ACCESS_DENIED')) return false;
    if (permission && said.permission !== permission) return false;
    return resource.endsWith('*')
      ? String(said.resource).startsWith(resource.slice(0, -1))
      : !resource || said.resource === resource;
  });
}

/** What went on, for the message of an assertion. */
export const account = ({ name, said, result, taken }) =>
  `${name}: ${JSON.stringify({ ...said, taken })} ${said ? '' : `${result.status} ${result.signal} ${result.stdout.slice(-300)}`} ${result.stderr.slice(-1500)}`;
