// Runs every spec below __test__ with Node's own test runner, or those whose path contains one of
// the words given. `--node 24` (or `--node 20,26`) runs them on these lines of Node alone.
// At the end, one line says which specs have skipped tests for want of something on this machine.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { ROOT } from './run.mjs';

const TESTS = join(ROOT, '__test__');

function specs(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith('.') || entry.name === 'fixtures' ? [] : specs(path);
    return entry.name.endsWith('.spec.mjs') ? [relative(ROOT, path)] : [];
  });
}

const words = process.argv.slice(2);
const at = words.indexOf('--node');
const [, lines] = at === -1 ? [] : words.splice(at, 2);
if (at !== -1 && !/^\d+(,\d+)*$/.test(lines ?? '')) {
  throw new Error(`--node: found ${lines}; expected lines of Node, as in --node 24 or --node 20,26`);
}
const files = specs(TESTS).filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) throw new Error(`no spec matches ${words.join(' ')}`);

process.chdir(ROOT);
if (lines !== undefined) process.env.TEST_NODES = lines;
/** What tests were skipped for, each with the number of tests by spec. */
const wants = new Map();
// Each spec starts child processes one after the other: two at a time keep two cores busy and no
// clock waiting.
const events = run({ files: files.toSorted(), concurrency: 2 });
events.on('test:fail', () => {
  process.exitCode = 1;
});
events.on('test:pass', ({ skip, file }) => {
  const [, want] = /^needs (.*)$/.exec(skip) ?? [];
  if (want === undefined) return;
  const counts = wants.get(want) ?? new Map();
  const name = relative(TESTS, file);
  wants.set(want, counts.set(name, (counts.get(name) ?? 0) + 1));
});
const output = events.compose(new spec());
output.pipe(process.stdout);
output.on('end', () => {
  const said = [...wants].map(
    ([want, counts]) => `${want}: ${[...counts].map(([name, count]) => `${name} (${count})`).join(', ')}`,
  );
  console.log(`\nSkipped for want of something: ${said.join('; ') || 'nothing'}`);
});
