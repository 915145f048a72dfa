// An HTTP server that reads a file for each request, under load from a second process: requests a
// second, and requests by the processor's time that the server took for them, which others on the
// machine change less.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NODES, ORACLE } from '../../helpers/nodes.mjs';
import { against, digits, median, table } from '../figures.mjs';
import { FOLDER, inTurn, policyFile, PROGRAMS, start } from '../kinds.mjs';

const autocannon = createRequire(import.meta.url).resolve('autocannon');

/** Requests a second, and by a second of the processor's time. */
async function load(child, seconds) {
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  const args = [
    autocannon,
    '--json',
    '--no-progress',
    '-c',
    '16',
    '-d',
    String(seconds),
    `http://127.0.0.1:${Number(port)}/page.txt`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  const took = once(child.stdout, 'data');
  child.kill();
  const microseconds = Number(await took);
  const result = JSON.parse(stdout);
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`the server failed: ${stdout}`);
  return { second: result.requests.average, processor: (result.requests.total / microseconds) * 1e6 };
}

export const rounds = 9;

export async function measure(count) {
  const folder = join(FOLDER, 'pages');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'page.txt'), 'a line of text\n'.repeat(200));
  const program = join(PROGRAMS, 'server.js');
  const policy = policyFile('server', { 'allow-fs-read': [folder, program], 'allow-net': true });
  const cases = NODES.flatMap((node) =>
    (node === ORACLE ? ['bare', 'native', 'permit'] : ['bare', 'permit']).map((kind) => ({ node, kind })),
  );
  const all = await inTurn(cases, count, ({ node, kind }) =>
    load(start(kind, node, policy, program, { args: [folder] }), 3),
  );
  const rows = cases.map(({ node, kind }, at) => {
    if (kind === 'bare') return undefined;
    const bare = all[cases.findIndex((one) => one.node === node && one.kind === 'bare')];
    // Round by round: what else the machine did then slowed both.
    const ratio = (name) => median(all[at].map((requests, round) => requests[name] / bare[round][name]));
    return [
      node.version,
      kind === 'native' ? '`node --permission`' : 'permit',
      digits(median(bare.map(({ second }) => second))),
      digits(median(all[at].map(({ second }) => second))),
      digits(ratio('second')),
      digits(ratio('processor')),
      kind === 'native' ? '' : against(ratio('second'), 0.98, false),
    ];
  });
  return table(
    ['Node', 'way', 'bare, requests a second', 'with it', 'ratio', "ratio by the processor's time", 'target'],
    rows.filter(Boolean),
  );
}
