// `npm run bench [-- families… --rounds=N --write]`: measures permit beside bare Node and beside
// the permission model of Node 26.12, and prints tables. `--write` puts each table between its
// marks in the README. `cargo bench --no-default-features` runs the benchmarks of the core.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../helpers/run.mjs';

const FAMILIES = ['calls', 'floor', 'policies', 'start', 'server', 'build', 'threads', 'workers', 'hosts', 'merge'];

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('--'));
const unknown = [
  ...asked.filter((word) => !FAMILIES.includes(word)),
  ...words.filter((word) => !/^(--write|--rounds=[1-9]\d*|[^-].*)$/.test(word)),
];
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join(' ')}; there are ${FAMILIES.join(' ')}, --rounds=N and --write`);
const rounds = Number(words.find((word) => word.startsWith('--rounds='))?.slice(9));

/** Puts a table between the marks of its family in the README. */
function write(family, text) {
  const path = join(ROOT, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- measured: npm run bench -- ${family} -->`, '<!-- /measured -->'];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md has no place for ${family}: ${begin}`);
  writeFileSync(path, `${readme.slice(0, from + begin.length)}\n${text}\n${readme.slice(to)}`);
}

const load = () => loadavg()[0].toFixed(1);
for (const family of asked.length > 0 ? asked : FAMILIES) {
  const measured = await import(`./families/${family}.mjs`);
  const before = load();
  const count = rounds || measured.rounds;
  const text = await measured.measure(count);
  const machine = `${cpus().length} × ${cpus()[0].model}, Linux, ${count} rounds, load ${before} before and ${load()} after, of which the benchmark is one.`;
  console.log(`\n${family}\n\n${text}\n\n${machine}`);
  if (words.includes('--write')) write(family, `${text}\n\n${machine}`);
}
