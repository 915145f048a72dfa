// Logs as a fleet writes them: services that are deployed again and again over months, each with
// processes that come and go, asking for things that some deploys lack a grant for and later ones
// have or no longer ask for. The same seed and the same numbers give the same bytes.
//
// As a program: node __test__/helpers/fleet.mjs --bytes=3e9 --distinct=20000 > log.jsonl
//               node __test__/helpers/fleet.mjs --bytes=1e8 --hosts=20 --out=FOLDER
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is written when nothing else is said. */
export const USUAL = {
  /** How much, about. */
  bytes: 1e6,
  seed: 1,
  /** How many different things are asked for, at the most. */
  distinct: 2_000,
  services: 5,
  /** Of each service. */
  deploys: 12,
  /** Of each service at one time; each lives for a while and is followed by another. */
  processes: 40,
  packages: 300,
  /** Each has a log of its own. */
  hosts: 1,
  days: 120,
  from: '2026-03-02T00:00:00.000Z',
  /** How many of the deploys of a service are an audit, before it enforces. */
  audits: 2,
};

/** As much is collected of a log before it is handed on. */
const CHUNK = 1 << 20;

/** Numbers from 0 to 1 that look random: mulberry32. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const SERVICES = [
  'orders',
  'billing',
  '@shop/search',
  'mail',
  'gateway',
  'thumbnails',
  'reports',
  '@shop/stock',
  'login',
  'jobs',
];
const FILES = [
  'lib/index.js',
  'package.json',
  'dist/cjs/main.cjs',
  'a file with spaces.txt',
  'schön/größe.json',
  'quo"ted.js',
  'tab\there.txt',
  'node_modules/inner/index.js',
];
const NAMES = ['AWS_SECRET_ACCESS_KEY', 'DATABASE_URL', 'HTTP_PROXY', 'NPM_TOKEN', 'SSH_AUTH_SOCK'];
const PROGRAMS = ['git', '/usr/bin/ffmpeg -i', 'sh -c', '/usr/bin/convert', 'node', 'tar -xzf'];

/**
 * What is asked for: the fields of a record up to the decision, and those that say what would allow
 * it.
 */
function thing(number, random) {
  const kind = random();
  const text = (permission, scope, value, more = {}) =>
    JSON.stringify({ permission, scope, value, ...more }).slice(1, -1);
  const rule = (flag) => `,"rule":${JSON.stringify(flag)}`;
  if (kind < 0.62) {
    const path = `/srv/app/node_modules/package-${number % 997}/${FILES[number % FILES.length]}.${number}`;
    const spelled = random();
    if (spelled < 0.1)
      return {
        asked: text('FileSystemRead', 'fs.read', path.slice(9), { path }),
        rule: rule(`--allow-fs-read=${path}`),
      };
    if (spelled < 0.15)
      return {
        asked: text('FileSystemRead', 'fs.read', path, { leads_to: `/store/${number}` }),
        rule: rule(`--allow-fs-read=${path}`),
      };
    if (spelled < 0.18) return { asked: text('FileSystemRead', 'fs.read', path, { tree: true }), rule: '' };
    return { asked: text('FileSystemRead', 'fs.read', path), rule: rule(`--allow-fs-read=${path}`) };
  }
  if (kind < 0.8) {
    const path = `/srv/app/var/${number % 50}/${number}.tmp`;
    return { asked: text('FileSystemWrite', 'fs.write', path), rule: rule(`--allow-fs-write=${path}`) };
  }
  if (kind < 0.9) {
    const host = `db-${number}.internal`;
    return {
      asked: text('Net', 'net.connect', `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}:5432`, {
        host,
      }),
      rule: rule(`--allow-net=${host}:5432`),
    };
  }
  if (kind < 0.94)
    return {
      asked: text('Net', 'net.resolve', `api-${number}.example.com`),
      rule: rule(`--allow-net=api-${number}.example.com`),
    };
  if (kind < 0.97) {
    const program = `${PROGRAMS[number % PROGRAMS.length]} ${number}`;
    return {
      asked: text('ChildProcess', 'child', program),
      rule: rule(`--allow-child-process=${program.split(' ')[0]}`),
    };
  }
  const name = `${NAMES[number % NAMES.length]}_${number}`;
  return { asked: text('Environment', 'env', name), rule: rule(`--allow-env=${name}`) };
}

/**
 * The logs, as parts of them: `[host, text]`, of whole lines, in the order of time.
 * @param {Partial<typeof USUAL>} [given]
 */
export function* fleet(given = {}) {
  const {
    bytes,
    seed,
    distinct,
    services: many,
    deploys,
    processes,
    packages,
    hosts,
    days,
    from,
    audits,
  } = { ...USUAL, ...given };
  const random = numbers(seed);
  const below = (most) => Math.floor(random() * most);
  const hex = (length) => Array.from({ length }, () => below(16).toString(16)).join('');
  const begin = Date.parse(from);

  const services = Array.from({ length: many }, (_, at) => {
    const name =
      at < SERVICES.length ? SERVICES[at] : `${SERVICES[at % SERVICES.length]}-${Math.floor(at / SERVICES.length)}`;
    const releases = Array.from({ length: deploys }, (__, number) => {
      const hash = hex(64);
      const audit = number < audits;
      const policy = audit ? 'audit' : 'enforce';
      return {
        number,
        policy,
        told: `,"decision":"${audit ? 'would-deny' : 'deny'}","policy":"${policy}"`,
        second: ',"decision":"would-deny","policy":"report-only"',
        // The last service has a second policy beside it that grants nothing.
        reports: at === many - 1 && !audit,
        hash,
        program: JSON.stringify(name),
        deploy: JSON.stringify(`${name}@1.${number}.${below(5)}+${hash.slice(0, 12)}`),
        things: [],
      };
    });
    // Deploys do not come at the same moment everywhere.
    return { releases, phase: random() * 0.8, running: Array.from({ length: processes }, () => null) };
  });

  for (let number = 0; number < distinct; number += 1) {
    const { releases } = services[below(many)];
    const { asked, rule } = thing(number, random);
    const by = Array.from({ length: 1 + below(3) }, () =>
      random() < 0.1 ? 'null' : JSON.stringify(`package-${below(packages)}`),
    );
    const first = below(deploys);
    const last = random() < 0.3 ? deploys - 1 : Math.min(deploys - 1, first + below(4));
    for (let at = first; at <= last; at += 1) releases[at].things.push({ asked, rule, by });
  }

  const logs = Array.from({ length: hosts }, () => '');
  let written = 0;
  let now = begin;
  while (written < bytes) {
    const done = written / bytes;
    // Time goes as the log grows, and by at least a millisecond.
    now = Math.max(now + 1, begin + Math.floor(done * days * 86_400_000));
    const service = services[below(many)];
    const slot = below(processes);
    const current = service.releases[Math.min(deploys - 1, Math.max(0, Math.floor(done * deploys - service.phase)))];
    const host = slot % hosts;
    let text = '';
    let running = service.running[slot];
    const line = `{"v":1,"datetime":"${new Date(now).toISOString()}",`;
    // A new release goes out bit by bit, and processes end for other reasons too.
    if (running === null || (running.release !== current && random() < 0.4) || random() < 0.002) {
      running = { release: current, pid: 1 + below(4_194_303) };
      service.running[slot] = running;
      const { policy, reports, hash, deploy } = current;
      const holds = policy === 'audit' || reports ? 'all' : 'refused';
      text += `${line}"permission":"","scope":"","value":"${holds}","decision":"start","policy":"${policy}","package":${current.program},"pid":${running.pid},"thread":null,"count":1,"policy_hash":"${hash}","deploy":${deploy}}\n`;
    }
    const { release, pid } = running;
    const { things, told, second, reports, hash, deploy } = release;
    // What one writing holds.
    for (let more = things.length === 0 ? 0 : 1 + below(24); more > 0; more -= 1) {
      // A few are asked for again and again, and each now and then.
      const { asked, rule, by } = things[Math.floor(things.length * random() ** 3)];
      const who = `${rule},"package":${by[below(by.length)]},"pid":${pid},"thread":${random() < 0.9 ? 0 : below(4)},"count":${1 + Math.floor(random() ** 8 * 200)},"policy_hash":"${hash}","deploy":${deploy}}\n`;
      text += line + asked + (reports && random() < 0.5 ? second : told) + who;
    }
    if (random() < 0.005) {
      text += `${line}"permission":"","scope":"","value":"","decision":"dropped","policy":"","package":null,"pid":${pid},"thread":null,"count":${1 + below(5000)},"policy_hash":"","deploy":${deploy}}\n`;
    }
    written += text.length;
    logs[host] += text;
    if (logs[host].length >= CHUNK) {
      yield [host, logs[host]];
      logs[host] = '';
    }
  }
  for (const [host, text] of logs.entries()) yield [host, text];
}

/** The name of the log of a host. */
export const logOf = (host) => `host-${String(host).padStart(4, '0')}.jsonl`;

/** Writes the logs into a folder, and gives back their paths. */
export function writeFleet(folder, given) {
  mkdirSync(folder, { recursive: true });
  const open = new Map();
  for (const [host, text] of fleet(given)) {
    const path = join(folder, logOf(host));
    if (!open.has(path)) open.set(path, openSync(path, 'w'));
    writeSync(open.get(path), text);
  }
  for (const file of open.values()) closeSync(file);
  return [...open.keys()];
}

/** A whole buffer to a descriptor that takes what it can, as a pipe does. */
function put(file, text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(file, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = Object.fromEntries(
    process.argv.slice(2).map((word) => {
      const [, name, value] = /^--(\w+)=(.+)$/.exec(word) ?? [];
      if (name !== 'out' && !(name in USUAL))
        throw new Error(
          `${word}: accepted are ${Object.keys(USUAL)
            .map((key) => `--${key}=`)
            .join(' ')} --out=`,
        );
      return [name, name === 'out' || name === 'from' ? value : Number(value)];
    }),
  );
  const { out, ...rest } = given;
  if (out !== undefined) {
    for (const path of writeFleet(out, rest)) console.log(path);
  } else {
    for (const [, text] of fleet({ ...rest, hosts: 1 })) put(1, text);
  }
}
