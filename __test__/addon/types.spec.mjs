// index.d.ts, as a TypeScript program meets it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { FIXTURES, ROOT } from '../helpers/run.mjs';

it('types has, drop, status and the errors, and augments process.permission', () => {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(FIXTURES, 'types')], { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
