// Checks that permit compiles for the targets that no test runs on. `.ci/targets` runs it.
import { check } from './build.mjs';
import { fail } from './download.mjs';
import { CHECKED, CORE_CHECKED } from './targets.mjs';

try {
  check(CHECKED);
  check(CORE_CHECKED, '--no-default-features');
} catch (error) {
  fail(error);
}
console.log(`platforms: ${CHECKED.join(', ')} compile, and the core for ${CORE_CHECKED.join(', ')}`);
