// Folders of packages that are not granted are not there for module resolution: what lies in them
// is not found, instead of found and refused, so that packages with optional dependencies load
// under a narrow grant.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, held, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const project = join(folder, 'up', 'project');
const app = join(project, 'app');
mkdirSync(app, { recursive: true });
copyFileSync(join(FIXTURES, 'resolution', 'look.js'), join(app, 'look.js'));
/** A package of this name below a folder. */
function install(at, name) {
  const home = join(at, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), `{"name": "${name}", "main": "main.js"}`);
  writeFileSync(join(home, 'main.js'), `exports.name = '${name}';`);
  return home;
}
install(app, 'own');
install(project, 'beside');
install(folder, 'far');
const both = (outcome) => [outcome, outcome];
const LOST = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];
const REFUSED = both('ERR_ACCESS_DENIED');

for (const node of NODES) {
  const look = (flags, names) => report(held(node, flags, [join(app, 'look.js'), ...names]));

  describe(`Node ${node.version}`, () => {
    it('a package in a folder above that is not granted is not found', () => {
      const found = look([`--allow-fs-read=${app}`], ['own', 'beside', 'far', 'missing']);
      assert.deepEqual(found, { own: both('own'), beside: LOST, far: LOST, missing: LOST });
    });

    it('what is not found and is there is told in the log, with the grant that would show it', () => {
      const log = join(folder, `log-${node.major}`);
      look([`--allow-fs-read=${app}`, `--audit-log=${log}`], ['own', 'beside', 'missing']);
      const records = readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ decision }) => decision !== 'start');
      const beside = join(project, 'node_modules', 'beside');
      assert.deepEqual(
        [...new Set(records.map(({ scope, value, decision, rule }) => [scope, value, decision, rule].join(' ')))],
        [`fs.read ${beside} deny --allow-fs-read=${beside}`],
      );
      assert.ok(records.reduce((sum, { count }) => sum + count, 0) >= 2, 'for require and for import');
    });

    it('a package that is granted is found in a folder that is not', () => {
      const found = look(
        [`--allow-fs-read=${app}`, `--allow-fs-read=${join(project, 'node_modules', 'beside')}`],
        ['own', 'beside'],
      );
      assert.deepEqual(found, { own: both('own'), beside: both('beside') });
    });

    it('so is one that a glob grants', () => {
      const found = look([`--allow-fs-read=${app}`, `--allow-fs-read=${folder}/**/far/*`], ['far', 'beside']);
      assert.deepEqual(found, { far: both('far'), beside: REFUSED });
    });

    it('what is denied is refused and not lost', () => {
      const found = look(
        [`--allow-fs-read=${folder}`, `--deny-fs-read=${join(project, 'node_modules', 'beside')}`],
        ['own', 'beside', 'far'],
      );
      assert.deepEqual(found, { own: both('own'), beside: REFUSED, far: both('far') });
    });
  });
}
