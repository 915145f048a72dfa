// Logs of a test: a new folder for each, and the records in them.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder inside another that nobody has used. */
export const fresh = (folder) => mkdtempSync(join(folder, 'fresh-'));

/** The lines of a log; each must be whole. */
export function linesOf(log) {
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  assert.ok(text === '' || text.endsWith('\n'), 'the last line is whole');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** The records of calls in a log. */
export const recordsOf = (log) => linesOf(log).filter(({ decision }) => decision !== 'start');

/** What a record says of a call, without who made it and when. */
export function brief({ permission, scope, value, decision, policy, thread, count }) {
  return { permission, scope, value, decision, policy, thread, count };
}
