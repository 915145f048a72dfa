// How a process comes to be held: the ways in, what is granted by itself, and everything that must
// stop the start.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, ROOT, bare, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
const file = (name, text) => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};
/** The text of a program of the fixtures. */
const fixture = (name) => readFileSync(join(FIXTURES, 'start', name), 'utf8');
const secret = file('secret.txt', 'secret');
const read = `(() => { try { return require('fs').readFileSync(${JSON.stringify(secret)}, 'utf8') } catch (e) { return e.code } })()`;
const program = file('app.js', `console.log(JSON.stringify({ read: ${read}, held: !!process.permission }))`);
const module = file('app.mjs', fixture('app.mjs'));

/** The process did not start: code 9, one line on stderr that matches, nothing on stdout. */
function stopped(result, pattern) {
  assert.equal(result.status, 9, result.stderr);
  assert.equal(result.stdout, '');
  const lines = result.stderr.trimEnd().split('\n');
  assert.equal(lines.length, 1, result.stderr);
  assert.match(lines[0], /^permit: /);
  assert.match(lines[0], pattern);
}

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    const REFUSED = { read: 'ERR_ACCESS_DENIED', held: true };

    it('holds CommonJS and ESM programs by -r', () => {
      assert.deepEqual(report(held(node, [], [program])), REFUSED);
      assert.deepEqual(report(held(node, [], [module])), REFUSED);
    });

    it('calls nothing that Node deprecates, however the program is given', () => {
      const strict = ['--throw-deprecation', '--pending-deprecation'];
      const worker = `new (require('worker_threads').Worker)(${JSON.stringify(program)})`;
      const ways = [
        [[program]],
        [['-e', '0']],
        [['-p', '0']],
        [['-'], '0'],
        [['-i'], '.exit'],
        [['--check', program]],
        [['-e', worker]],
      ];
      for (const [args, input] of ways) {
        const { status, stderr } = held(node, [`--allow-fs-read=${folder}`, '--allow-worker'], [...strict, ...args], {
          input,
        });
        assert.deepEqual([args, status, stderr], [args, 0, '']);
      }
    });

    it('holds them by --import, as a path and as a URL', () => {
      for (const name of [PRELOAD, pathToFileURL(PRELOAD).href]) {
        assert.deepEqual(report(bare(node, ['--import', name, module])), REFUSED);
        assert.deepEqual(report(bare(node, [`--import=${name}`, program])), REFUSED);
      }
    });

    it('holds what the test runner of Node runs', () => {
      const tests = file('runs/some.test.mjs', fixture('some.test.mjs'));
      const result = held(
        node,
        [`--allow-fs-read=${join(folder, 'runs')}`, '--allow-child-process'],
        ['--test', '--test-reporter=tap', tests],
      );
      assert.match(result.stdout, /^# pass 1$/m, result.stdout + result.stderr);
      assert.equal(result.status, 0);
    });

    it('holds them by NODE_OPTIONS', () => {
      assert.deepEqual(report(bare(node, [program], { env: { NODE_OPTIONS: `-r ${PRELOAD}` } })), REFUSED);
      assert.deepEqual(report(bare(node, [module], { env: { NODE_OPTIONS: `--import ${PRELOAD}` } })), REFUSED);
    });

    it('holds them by its name, found from the working directory', () => {
      const app = mkdtempSync(join(folder, 'app-'));
      mkdirSync(join(app, 'node_modules', '@org'), { recursive: true });
      symlinkSync(ROOT, join(app, 'node_modules', '@org', 'permit'));
      assert.deepEqual(report(bare(node, ['-r', '@org/permit', program], { cwd: app })), REFUSED);
      assert.deepEqual(report(bare(node, ['--import', '@org/permit', program], { cwd: app })), REFUSED);
    });

    it('starts where a variable of the environment has no name, and makes workers there', () => {
      // No spawn of Node's hands over such a variable.
      const text = `new (require('worker_threads').Worker)('', { eval: true }).on('exit', (code) => console.log(JSON.stringify({ code })))`;
      const app = mkdtempSync(join(folder, 'app-'));
      mkdirSync(join(app, 'node_modules', '@org'), { recursive: true });
      symlinkSync(ROOT, join(app, 'node_modules', '@org', 'permit'));
      const args = ['-i', '=x=y', `PERMIT_OPTIONS=--allow-worker`, node.path, '-r', '@org/permit', '-e', text];
      const { status, signal, stdout, stderr } = spawnSync('env', args, { cwd: app, encoding: 'utf8' });
      assert.deepEqual([status, signal, stdout], [0, null, '{"code":0}\n'], stderr);
    });

    it('runs under --abort-on-uncaught-exception: a refusal that is caught aborts nothing', () => {
      const result = held(
        node,
        [`--allow-fs-read=${FIXTURES}`],
        ['--abort-on-uncaught-exception', join(FIXTURES, 'start', 'catches.js')],
      );
      const DENIED = 'ERR_ACCESS_DENIED';
      assert.deepEqual(report(result), {
        read: DENIED,
        spawn: DENIED,
        binding: DENIED,
        worker: DENIED,
        addon: DENIED,
        promise: DENIED,
        callback: DENIED,
        event: DENIED,
      });
      assert.deepEqual([result.status, result.signal], [0, null]);
    });

    it('gives the same object to whoever imports it', () => {
      const cjs = file(
        'same.js',
        `console.log(JSON.stringify(require(${JSON.stringify(PRELOAD)}).permission === process.permission))`,
      );
      const esm = file(
        'same.mjs',
        `import { permission } from ${JSON.stringify(pathToFileURL(PRELOAD).href)};
        console.log(JSON.stringify(permission === process.permission))`,
      );
      assert.equal(report(held(node, [], [cjs])), true);
      assert.equal(report(held(node, [], [esm])), true);
    });

    it('throws when it is imported without the preload, and names -r', () => {
      for (const text of [`require(${JSON.stringify(PRELOAD)})`, `import(${JSON.stringify(PRELOAD)})`]) {
        const result = bare(node, ['-e', text]);
        assert.equal(result.status, 1);
        assert.match(result.stderr, /node -r @org\/permit/);
      }
      const late = file('late.mjs', `import ${JSON.stringify(PRELOAD)}`);
      assert.match(bare(node, [late]).stderr, /node -r @org\/permit/);
    });

    it('grants the file that Node will load, and nothing beside it', () => {
      file(
        'entry/main.js',
        `console.log(JSON.stringify([__filename, process.permission.has('fs.read', __dirname + '/other.js')]))`,
      );
      file('entry/package.json', '{"main":"./main.js"}');
      file('entry/other.js', '');
      const main = join(folder, 'entry', 'main.js');
      for (const name of ['main', './main.js', main, '.', join(folder, 'entry')]) {
        assert.deepEqual(report(held(node, [], [name], { cwd: join(folder, 'entry') })), [main, false], name);
      }
    });

    it('grants an entry point that is a link by both its names', () => {
      const target = file('real/tool.js', `console.log(JSON.stringify(process.permission.has('fs.read', __filename)))`);
      mkdirSync(join(folder, 'bin'), { recursive: true });
      const link = join(folder, 'bin', `tool-${node.major}`);
      symlinkSync(target, link);
      assert.equal(report(held(node, [], [link])), true);
    });

    it('grants preloads, which run held when they come after it', () => {
      const extra = file('extra.js', `globalThis.extra = ${read}`);
      const shows = file('shows.js', 'console.log(JSON.stringify(globalThis.extra))');
      assert.equal(report(held(node, [], ['-r', extra, shows])), 'ERR_ACCESS_DENIED');
      assert.equal(report(held(node, [], ['--import', extra, shows])), 'ERR_ACCESS_DENIED');
    });

    it('names the preloads that ran before it', () => {
      const early = file('early.js', '');
      const shows = file('status.js', 'console.log(JSON.stringify(process.permission.status().unguardedPreloads))');
      const result = bare(node, ['-r', early, '-r', PRELOAD, shows]);
      assert.match(result.stderr, /^permit: .*early\.js/);
      assert.deepEqual(report(result), [early]);
    });

    it('grants nothing by itself to -e, to standard input and to --test', () => {
      const ask = `console.log(JSON.stringify(process.permission.has('fs.read', ${JSON.stringify(program)})))`;
      assert.equal(report(held(node, [], ['-e', ask, program])), false);
      assert.equal(report(held(node, [], ['-', program], { input: ask })), false);
      assert.match(
        held(node, [], ['--test', program]).stdout + held(node, [], ['--test', program]).stderr,
        /ERR_ACCESS_DENIED|not ok|failed|Access to this API/,
      );
    });

    if (node.major >= 22) {
      it("stops beside Node's own permission model", () => {
        stopped(
          bare(node, ['--no-warnings', '--permission', '--allow-fs-read=*', '--allow-addons', '-r', PRELOAD, program]),
          /choose one/,
        );
      });
    }

    it('stops when the native library is missing or does not load', () => {
      const copy = mkdtempSync(join(folder, 'copy-'));
      cpSync(PRELOAD, join(copy, 'index.js'));
      stopped(bare(node, ['-r', join(copy, 'index.js'), program]), /no native library/);
      for (const abi of ['gnu', 'musl'])
        writeFileSync(join(copy, `permit.linux-${process.arch}-${abi}.node`), 'not ELF');
      stopped(bare(node, ['-r', join(copy, 'index.js'), program]), /no native library.*could be loaded/);
    });

    it('stops when a function that it guards is missing', () => {
      const breaks = file('breaks.js', `delete process.binding('fs').open`);
      const result = bare(node, ['--no-deprecation', '-r', breaks, '-r', PRELOAD, program]);
      assert.equal(result.status, 9);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /permit: this Node\.js has no binding fs\.open/);
    });

    it('stops when a hook does not hold', () => {
      const breaks = file('shadows.js', fixture('shadows.js'));
      const result = bare(node, ['-r', breaks, '-r', PRELOAD, program]);
      assert.equal(result.status, 9);
      assert.match(result.stderr, /fs\.statSync was not refused when it was tried/);
    });

    it('holds the thread of --loader, which needs the grant for workers', () => {
      const loader = file('loader.mjs', fixture('loader.mjs'));
      const asked = file('asked.mjs', '');
      const args = ['--no-warnings', '--loader', loader, asked];
      assert.equal(report(held(node, ['--allow-worker', `--allow-fs-read=${loader}`], args)), 'ERR_ACCESS_DENIED');
      stopped(held(node, [], args), /--loader starts a thread/);
    });

    it('closes --inspect unless the inspector is granted', () => {
      const url = file('url.js', `console.log(JSON.stringify(require('inspector').url() ?? null))`);
      assert.equal(report(held(node, [], ['--inspect=0', url])), null);
      assert.match(report(held(node, ['--allow-inspector'], ['--inspect=0', url])), /^ws:/);
    });

    it('says nothing on the console when all is well, whatever Node warns of', () => {
      const quiet = file('quiet.js', '');
      for (const flags of [
        [],
        ['--pending-deprecation'],
        ['--pending-deprecation', '--throw-deprecation'],
        ['--trace-warnings'],
      ]) {
        const result = held(node, [], [...flags, quiet]);
        assert.deepEqual([result.status, result.stdout, result.stderr], [0, '', ''], flags.join(' '));
      }
    });

    it('works from a folder with spaces and quotes in its name', () => {
      const odd = mkdtempSync(join(folder, `it's "odd" `));
      cpSync(join(ROOT, 'index.js'), join(odd, 'index.js'));
      const binary = `permit.linux-${process.arch}-gnu.node`;
      cpSync(join(ROOT, binary), join(odd, binary));
      const spawns = file('spawns.js', fixture('spawns.js'));
      const result = bare(node, ['-r', join(odd, 'index.js'), spawns], {
        env: { PERMIT_OPTIONS: options(['--allow-child-process']) },
      });
      assert.equal(report(result), true, result.stderr);
    });
  });
}

it('leaves the environment of the one who runs the tests out', () => {
  const left = Object.keys(cleanEnv()).filter((name) => /^(PERMIT|NODE)_/.test(name));
  assert.deepEqual(
    left.filter((name) => name !== 'NODE_V8_COVERAGE'),
    [],
  );
  assert.ok(readFileSync(PRELOAD, 'utf8').includes('unguarded by accident'));
});
