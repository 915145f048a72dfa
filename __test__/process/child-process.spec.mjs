// Child processes: every spelling is refused without --allow-child-process; with it, a Node child
// is held by the policy of its parent as it stands, whatever its environment and its options say.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { before, beforeEach, describe, it } from 'node:test';
import { dirname, join } from 'node:path';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'child-process');
const folder = scratch();
const secret = join(folder, 'secret', 'file');
const granted = join(folder, 'granted');
mkdirSync(dirname(secret));
mkdirSync(granted);
writeFileSync(secret, 'SECRET=known\n');
const wide = join(granted, 'wide.json');
writeFileSync(
  wide,
  JSON.stringify({ permission: { 'allow-fs-read': ['*'], 'allow-fs-write': ['*'], 'allow-net': true } }),
);
const sea = join(granted, 'sea.json');
writeFileSync(sea, JSON.stringify({ main: secret, output: join(dirname(secret), 'left') }));

const READ = [`--allow-fs-read=${here}`, `--allow-fs-read=${granted}`];
const CHILD = [...READ, '--allow-child-process'];
const way = (node, flags, name, ...extra) =>
  report(held(node, flags, [join(here, 'spawn-node.js'), name, secret, ...extra]));
const HELD = { held: 'function', read: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED', net: false, child: true };

for (const node of NODES) {
  const forged = () => {
    // What a parent with everything would hand on.
    const program = join(here, 'inherited.js');
    const { stdout } = held(
      node,
      ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-net', '--allow-child-process'],
      [program],
    );
    assert.ok(stdout.length > 20, 'no inherited policy to forge');
    return stdout.trim();
  };

  describe(`Node ${node.version}`, () => {
    describe('without --allow-child-process', () => {
      let found;
      before(() => {
        found = report(held(node, READ, [join(here, 'refused.js')]));
      });
      const resources = {
        spawn: 'true',
        'spawn with a shell': '/bin/sh',
        'spawn of nothing': '/no/such/program',
        spawnSync: 'true',
        exec: '/bin/sh',
        'exec with a callback': '/bin/sh',
        execSync: '/bin/sh',
        execFile: 'true',
        execFileSync: 'true',
        fork: node.path,
        'cluster.fork': node.path,
        'promisify(exec)': '/bin/sh',
        'promisify(execFile)': 'true',
        'ChildProcess.spawn': 'true',
        'ChildProcess.spawn with accessors': undefined,
      };
      for (const [name, resource] of Object.entries(resources)) {
        it(`${name} throws the refusal`, () => {
          const outcome = found.outcomes[name];
          assert.equal(outcome.via, 'throw', JSON.stringify(outcome));
          assert.equal(outcome.code, 'ERR_ACCESS_DENIED');
          assert.equal(outcome.permission, 'ChildProcess');
          if (resource) assert.equal(outcome.resource, resource);
        });
      }
      it('so do the raw handle and execve', () => {
        const names = ['Process.spawn', 'Process.spawn(file)', 'Process.spawn of an object', 'execve'].filter(
          (name) => found.outcomes[name],
        );
        assert.equal(found.raw, true);
        for (const name of names) assert.equal(found.outcomes[name].code, 'ERR_ACCESS_DENIED', name);
        assert.equal(found.outcomes['Process.spawn'].permission, 'ChildProcess');
        if (found.outcomes.execve) assert.equal(found.outcomes.execve.resource, '/bin/true');
      });
      it('nothing is left uncaught', () => assert.deepEqual(found.uncaught, []));
    });

    describe('with --allow-child-process', () => {
      it('everything about it works', () => {
        const found = report(held(node, CHILD, [join(here, 'use.js')]));
        assert.deepEqual(found, report(bare(node, [join(here, 'use.js')])));
        assert.equal(found.numbers, '1 2.5 true');
        assert.deepEqual(found.advanced, ['bigint', true]);
      });

      for (const name of [
        'plain',
        'env: {}',
        'NODE_OPTIONS emptied',
        'NODE_OPTIONS deleted',
        'NODE_OPTIONS with spaces',
        'NODE_OPTIONS in two pairs',
        'PERMIT_INHERITED without a value',
        'sh -c',
        'exec',
        'sh -c with a NODE_OPTIONS of its own before it',
        'a grandchild',
        'a grandchild through sh',
        'another working directory',
        'stdin',
        '-e',
        '--import first',
        '--title=--permission',
        '--no-warnings',
        'file read twice',
        'fork',
        'Array.prototype with accessors',
      ]) {
        it(`a Node child is held: ${name}`, () => assert.deepEqual(way(node, CHILD, name), HELD));
      }
      it('a Node child is held: args that are numbers', () => {
        assert.deepEqual(way(node, CHILD, 'args that are numbers'), { ...HELD, more: '5' });
      });
      it('a Node child is held: --permission as a script argument', () => {
        assert.deepEqual(way(node, CHILD, '--permission as a script argument'), { ...HELD, more: '--permission' });
      });
      for (const name of [
        'NODE_OPTIONS that completes the name of the preload',
        'NODE_OPTIONS that leads away from the preload',
      ]) {
        it(`a Node child is held or does not start: ${name}`, () => {
          const found = way(node, CHILD, name);
          if (!found.nothing) assert.deepEqual(found, HELD);
        });
      }
      for (const name of ['a forged PERMIT_INHERITED', 'PERMIT_INHERITED of another spelling']) {
        it(`a Node child is held: ${name}`, () => assert.deepEqual(way(node, CHILD, name, forged()), HELD));
      }
      for (const name of [
        'PERMIT_OPTIONS that widens',
        'PERMIT_OPTIONS set at run time',
        'PERMIT_CONFIG that widens',
      ]) {
        it(`a policy of its own only narrows a child: ${name}`, () => {
          assert.deepEqual(way(node, CHILD, name, wide), { ...HELD, child: false });
        });
      }
      it('a profile that is nowhere does not start a child', () => {
        const found = way(node, CHILD, 'PERMIT_PROFILE that is nowhere');
        if (!found.nothing) assert.deepEqual(found, HELD);
      });
      it('a child may be held by less than its parent', () => {
        const found = way(node, [...CHILD, `--allow-fs-read=${secret}`, '--allow-net'], 'with less of its own');
        assert.deepEqual(found, { ...HELD, child: false });
      });
      it('what was granted to the parent is granted to the child', () => {
        const found = way(
          node,
          [...CHILD, `--allow-fs-read=${secret}`, `--allow-fs-write=${dirname(secret)}`, '--allow-net'],
          'env: {}',
        );
        rmSync(`${secret}.written`, { force: true });
        assert.deepEqual(found, { held: 'function', read: 'yes', write: 'yes', net: true, child: true });
      });
      it('what the parent has dropped is dropped in the child', () => {
        const found = way(
          node,
          [...CHILD, `--allow-fs-read=${secret}`, `--allow-fs-write=${dirname(secret)}`, '--allow-net'],
          'after drops',
        );
        assert.deepEqual(found, { ...HELD, read: 'yes' });
      });
      it('what execve starts is held', { skip: node.major < 22 }, () => {
        for (const name of ['execve', 'execve with process.env']) assert.deepEqual(way(node, CHILD, name), HELD, name);
      });
      it('what execve starts with a policy of its own is held by both', { skip: node.major < 22 }, () => {
        assert.deepEqual(way(node, CHILD, 'execve with a policy of its own'), { ...HELD, child: false });
      });
      it('a large policy reaches a child', () => {
        const many = Array.from(
          { length: 3000 },
          (_, index) => `--allow-fs-read=/srv/somewhere/deep/below/in/a/folder/number-${index}/of/many`,
        );
        const file = join(granted, 'large.json');
        writeFileSync(
          file,
          JSON.stringify({
            permission: {
              'allow-fs-read': [here, granted, ...many.map((flag) => flag.slice(16))],
              'allow-child-process': true,
            },
          }),
        );
        const result = held(node, [], [join(here, 'spawn-node.js'), 'env: {}', secret], {
          env: { PERMIT_OPTIONS: undefined, PERMIT_CONFIG: file },
        });
        assert.deepEqual(report(result), HELD);
      });

      it('what a child is started with opens nothing that is not granted', () => {
        const elsewhere = dirname(secret);
        const pipe = join(granted, 'pipe');
        if (!existsSync(pipe)) execFileSync('mkfifo', [pipe]);
        const root = process.getuid() === 0;
        const found = report(
          held(node, [...CHILD, '--allow-net=db:80'], [join(here, 'environment.js'), elsewhere, pipe]),
        );
        const [no, started] = ['ERR_ACCESS_DENIED', 'started'];
        assert.deepEqual(found, {
          HOSTALIASES: no,
          LOCALDOMAIN: no,
          NODE_EXTRA_CA_CERTS: no,
          'NODE_V8_COVERAGE, relative': no,
          'another folder': started,
          'another group': root ? no : 'EPERM',
          'the ids of nobody': root ? started : 'EPERM',
          'a pipe among the words of a shell': started,
          'a pipe as the program': found['a pipe as the program'],
          'the word node before an option': started,
        });
        assert.match(found['a pipe as the program'], /^(ENOENT|EACCES)$/);
        assert.deepEqual(readdirSync(elsewhere), ['file']);
      });
      it('what the operator gave is no news in a child', () => {
        const file = join(granted, `fork-${node.major}.js`);
        copyFileSync(join(here, 'forks-itself.js'), file);
        const profiles = join(granted, `profiles-${node.major}`);
        const result = bare(node, ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '-r', PRELOAD, file], {
          env: { PERMIT_OPTIONS: options(CHILD) },
        });
        assert.equal(report(result), 0);
        assert.equal(readdirSync(profiles).length, 2);
      });

      describe("Node's own options do not let a child out", () => {
        beforeEach(() => {
          for (const name of readdirSync(dirname(secret)))
            if (name !== 'file') rmSync(join(dirname(secret), name), { recursive: true });
        });
        it('--build-snapshot runs no program that is not held', () => {
          assert.deepEqual(way(node, CHILD, '--build-snapshot'), { nothing: true, error: 'ERR_ACCESS_DENIED' });
          assert.equal(existsSync(join(dirname(secret), 'blob')), false, 'wrote a blob where it may not');
        });
        for (const name of ['--expose-internals', '--env-file']) {
          it(`${name} reads nothing more`, () => {
            assert.deepEqual(way(node, CHILD, name), { nothing: true, error: 'ERR_ACCESS_DENIED' });
          });
        }
        for (const name of [
          '--cpu-prof',
          'NODE_V8_COVERAGE',
          '--report-uncaught-exception',
          '--experimental-sea-config',
        ]) {
          it(`${name} writes nothing more`, () => {
            held(node, CHILD, [join(here, 'spawn-node.js'), name, secret, sea]);
            assert.deepEqual(readdirSync(dirname(secret)), ['file']);
          });
        }
      });
    });

    describe('with a list of programs', () => {
      const tries = (list, programs) =>
        report(held(node, [...READ, ...list], [join(here, 'list.js'), JSON.stringify(programs)]));
      const no = (resource) => ['ERR_ACCESS_DENIED', 'ChildProcess', resource];

      it('only those start, with only those arguments', () => {
        const found = tries(
          ['--allow-child-process=true', '--allow-child-process=echo a *', '--allow-child-process=sleep 0'],
          [
            ['true', ['x']],
            ['echo', ['a']],
            ['echo', ['a', 'b']],
            ['echo', ['b']],
            ['sleep', ['0']],
            ['sleep', ['0', '0']],
            ['false', []],
          ],
        );
        assert.deepEqual(found, [0, 0, 0, no('echo'), 0, no('sleep'), no('false')]);
      });
      it('a shell starts only if it is in the list', () => {
        assert.deepEqual(tries(['--allow-child-process=true'], [['true', [], { shell: true }]]), [no('/bin/sh')]);
        assert.deepEqual(tries(['--allow-child-process=/bin/sh'], [['true', [], { shell: true }]]), [0]);
      });
      it('a word in the list is not whatever the environment of the child makes of it', () => {
        const evil = join(granted, 'bin');
        mkdirSync(evil, { recursive: true });
        writeFileSync(join(evil, 'true'), `#!/bin/sh\necho > '${join(granted, `ran-${node.major}`)}'\n`);
        chmodSync(join(evil, 'true'), 0o755);
        const found = tries(
          ['--allow-child-process=true'],
          [
            ['true', [], { env: { PATH: evil } }],
            ['true', [], { env: { PATH: '' }, cwd: evil }],
            ['./true', [], { cwd: evil }],
            ['true', [], { env: { PATH: `${evil}/../bin:/usr/bin` } }],
            ['true', [], { env: { PATH: '/no/such/folder:/usr/bin:/bin' } }],
            ['true', [], { env: {} }],
          ],
        );
        assert.deepEqual(found, [no('true'), no('true'), no('./true'), no('true'), 0, 0]);
        assert.equal(existsSync(join(granted, `ran-${node.major}`)), false);
      });
      it('a program is what its path led to at start', () => {
        const place = join(granted, `program-${node.major}`);
        rmSync(place, { force: true });
        symlinkSync('/bin/true', place);
        assert.deepEqual(
          tries(
            [`--allow-child-process=${place}`],
            [
              [place, []],
              [`./program-${node.major}`, [], { cwd: granted }],
              ['/bin/true', []],
            ],
          ),
          [0, 0, no('/bin/true')],
        );
        // Only a link to what may be read and written is moved.
        const other = join(granted, `echo-${node.major}`);
        copyFileSync('/bin/echo', other);
        symlinkSync(other, `${place}-other`);
        const flags = [
          ...READ,
          `--allow-fs-read=${granted}`,
          `--allow-fs-write=${granted}`,
          `--allow-child-process=${place}`,
        ];
        assert.equal(report(held(node, flags, [join(here, 'swaps.js'), place])), 'ERR_ACCESS_DENIED');
      });
      it('a denied program is denied by every name', () => {
        const alias = join(granted, `alias-${node.major}`);
        rmSync(alias, { force: true });
        symlinkSync('/bin/sleep', alias);
        assert.deepEqual(
          tries(
            ['--allow-child-process', '--deny-child-process=sleep'],
            [
              ['sleep', ['0']],
              ['/bin/sleep', ['0']],
              [alias, ['0']],
              ['true', []],
            ],
          ),
          [no('sleep'), no('/bin/sleep'), no(alias), 0],
        );
      });
      it('nothing is loaded into a program of the list', () => {
        const env = { PATH: process.env.PATH, LD_PRELOAD: join(granted, 'evil.so') };
        assert.deepEqual(tries(['--allow-child-process=true'], [['true', [], { env }]]), [
          no(`LD_PRELOAD=${join(granted, 'evil.so')}`),
        ]);
      });
    });
  });
}
