// Runs every spec below __test__ with Node's own test runner, or those whose path contains one of the words given.
// `--node 24` (or `--node 20,26`) runs them on these lines of Node alone.
// Node 20's `--test` takes no patterns, so the files are listed here.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './run.mjs';

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
if (at !== -1 && !/^\d+(,\d+)*$/.test(lines ?? '')) throw new Error(`--node: found ${lines}; expected lines of Node, as in --node 24 or --node 20,26`);
const files = specs(join(ROOT, '__test__')).filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) throw new Error(`no spec matches ${words.join(' ')}`);
// Each spec starts child processes one after the other: two at a time keep two cores busy and no clock waiting.
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files.toSorted()], {
  cwd: ROOT,
  env: lines === undefined ? process.env : { ...process.env, TEST_NODES: lines },
  stdio: 'inherit',
});
process.exit(status ?? 1);
