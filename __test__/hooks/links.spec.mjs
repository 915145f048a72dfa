// A path is allowed only if what it leads to is allowed too, whatever links lie on its way; and
// what people really lay out with links (stores of package managers, workspaces, a granted
// directory that is itself a link) keeps working.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'node:test';
import { join } from 'node:path';
import { linux, root } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv, held, options, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'links');
const shelf = scratch();
let folder;
let granted;
let secret;

/** Asks in one program that may read and write `granted`. */
function ask(node, questions, flags = [], rest = {}) {
  const policy = [`--allow-fs-read=${here}`, `--allow-fs-read=${granted}`, `--allow-fs-write=${granted}`, ...flags];
  return report(held(node, policy, [join(here, 'ask.js'), ...questions], rest));
}
const refused = (permission, path, leads) =>
  `ERR_ACCESS_DENIED ${permission} ${path} --allow-fs-${permission === 'FileSystemRead' ? 'read' : 'write'}=${leads}`;

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    beforeEach(() => {
      folder = mkdtempSync(join(shelf, 'tree-'));
      granted = join(folder, 'granted');
      secret = join(folder, 'secret');
      for (const name of ['granted', 'granted/sub', 'secret']) mkdirSync(join(folder, name));
      writeFileSync(join(granted, 'file'), 'mine');
      writeFileSync(join(secret, 'file'), 'secret');
    });
    const link = (name, text) => symlinkSync(text, join(granted, name));

    it('a link that leads out is not followed, one that stays inside is', () => {
      link('out', '../secret/file');
      link('far', secret);
      link('in', 'sub/../file');
      link('self', '.');
      assert.deepEqual(
        ask(node, [
          `read ${granted}/out`,
          `read ${granted}/far/file`,
          `list ${granted}/far`,
          `read ${granted}/in`,
          `read ${granted}/self/self/file`,
        ]),
        [
          refused('FileSystemRead', `${granted}/out`, `${secret}/file`),
          refused('FileSystemRead', `${granted}/far/file`, `${secret}/file`),
          refused('FileSystemRead', `${granted}/far`, secret),
          'mine',
          'mine',
        ],
      );
    });

    it('dots after a link are those of where it leads', () => {
      link('self', '.');
      assert.deepEqual(
        ask(node, [
          `read ${granted}/self/../secret/file`,
          `write ${granted}/self/../secret/new`,
          `mkdir ${granted}/self/../secret/folder`,
        ]),
        [
          refused('FileSystemRead', `${granted}/self/../secret/file`, `${secret}/file`),
          refused('FileSystemWrite', `${granted}/self/../secret/new`, `${secret}/new`),
          refused('FileSystemWrite', `${granted}/self/../secret/folder`, `${secret}/folder`),
        ],
      );
      assert.equal(existsSync(join(secret, 'new')), false);
    });

    it('nothing is made behind a dangling link', () => {
      link('dangling', '../secret/new');
      link('chain', 'dangling');
      assert.deepEqual(ask(node, [`write ${granted}/dangling`, `write ${granted}/chain`]), [
        refused('FileSystemWrite', `${granted}/dangling`, `${secret}/new`),
        refused('FileSystemWrite', `${granted}/chain`, `${secret}/new`),
      ]);
      assert.equal(existsSync(join(secret, 'new')), false);
    });

    it('a link itself may be looked at and removed, what it leads to is untouched', () => {
      link('out', '../secret');
      assert.deepEqual(
        ask(node, [`lstat ${granted}/out`, `readlink ${granted}/out`, `remove ${granted}/out`, `lstat ${granted}/out`]),
        [true, '../secret', 'done', 'ENOENT'],
      );
      assert.equal(readFileSync(join(secret, 'file'), 'utf8'), 'secret');
    });

    it('a slash behind a link follows it', () => {
      link('out', '../secret');
      const refusal = refused('FileSystemRead', `${granted}/out/`, secret);
      assert.deepEqual(ask(node, [`lstat ${granted}/out/`, `readlink ${granted}/out/`]), [refusal, refusal]);
    });

    it("a ring of links is the system's to refuse", () => {
      link('ring', 'ring');
      assert.deepEqual(ask(node, [`read ${granted}/ring`]), ['ELOOP']);
    });

    it('relative paths are walked from where the process really is', () => {
      link('far', secret);
      link('near', 'sub');
      assert.deepEqual(
        ask(node, ['read far/file', 'chdir near', 'read ../file', 'chdir ../far', 'read ../far/file'], [], {
          cwd: granted,
        }),
        [
          refused('FileSystemRead', 'far/file', `${secret}/file`),
          'done',
          'mine',
          refused('FileSystemRead', '../far', secret),
          refused('FileSystemRead', '../far/file', `${secret}/file`),
        ],
      );
    });

    it('relative paths are walked where what lies above is closed to the process', { skip: root() }, () => {
      link('out', '../secret/file');
      link('in', 'file');
      chmodSync(granted, 0o755);
      chmodSync(folder, 0o700);
      assert.deepEqual(
        ask(node, ['setuid 65534', 'read file', 'read in', 'read out', `read ${granted}/file`, 'read sub/../out'], [], {
          cwd: granted,
        }),
        [
          'done',
          'mine',
          'mine',
          refused('FileSystemRead', 'out', '*'),
          refused('FileSystemRead', `${granted}/file`, '*'),
          refused('FileSystemRead', 'sub/../out', '*'),
        ],
      );
    });

    it('a program that was waited for may have moved what was remembered', () => {
      link('evil', '../secret/file');
      writeFileSync(join(granted, 'plain'), 'mine');
      const flags = [`--allow-fs-read=${granted}`, '--allow-child-process=mv'];
      assert.deepEqual(report(held(node, flags, [join(here, 'moved-by-a-child.js'), granted])), [
        'mine',
        'ERR_ACCESS_DENIED',
      ]);
    });

    it('a refusal does not tell what links say that may not be read', () => {
      mkdirSync(join(secret, 'deep'));
      symlinkSync('/etc/hostname', join(secret, 'deep', 'pointer'));
      link('far', secret);
      assert.deepEqual(ask(node, [`read ${granted}/far/deep/pointer`]), [
        refused('FileSystemRead', `${granted}/far/deep/pointer`, `${secret}/deep/pointer`),
      ]);
    });

    it('has() answers as a call would be answered', () => {
      link('out', '../secret/file');
      link('in', 'file');
      assert.deepEqual(ask(node, [`has ${granted}/out`, `has ${granted}/in`, `has ${granted}/missing`]), [
        false,
        true,
        true,
      ]);
    });

    it('a denial holds under every name', () => {
      link('alias', 'sub');
      writeFileSync(join(granted, 'sub', 'x'), 'x');
      const denial = 'ERR_ACCESS_DENIED FileSystemRead';
      for (const flags of [[`--deny-fs-read=${granted}/sub`], [`--deny-fs-read=${granted}/alias`]]) {
        assert.deepEqual(
          ask(node, [`read ${granted}/sub/x`, `read ${granted}/alias/x`, `read ${granted}/file`], flags),
          [`${denial} ${granted}/sub/x`, `${denial} ${granted}/alias/x`, 'mine'],
        );
      }
    });

    it('what is given up through a link is given up', () => {
      link('alias', 'sub');
      writeFileSync(join(granted, 'sub', 'x'), 'x');
      assert.deepEqual(
        ask(node, [
          `read ${granted}/sub/x`,
          `drop ${granted}/alias`,
          `read ${granted}/sub/x`,
          `read ${granted}/alias/x`,
        ]),
        [
          'x',
          'done',
          `ERR_ACCESS_DENIED FileSystemRead ${granted}/sub/x`,
          `ERR_ACCESS_DENIED FileSystemRead ${granted}/alias/x`,
        ],
      );
    });

    it('the names of the process in /proc lead where they lead', { skip: linux() }, () => {
      const found = ask(
        node,
        [
          `read /proc/self/root${secret}/file`,
          `read /proc/self/cwd/secret/file`,
          'read /proc/self/comm',
          'write /proc/self/mem',
          `read /proc/self/root${granted}/file`,
          `read /proc/${process.pid}/root${granted}/file`,
        ],
        ['--allow-fs-read=/proc', '--allow-fs-write=/proc'],
        { cwd: folder },
      );
      assert.deepEqual(
        found.map((one) => one.trim()),
        [
          refused('FileSystemRead', `/proc/self/root${secret}/file`, `${secret}/file`),
          refused('FileSystemRead', '/proc/self/cwd/secret/file', `${secret}/file`),
          found[2].trim(),
          'ERR_ACCESS_DENIED FileSystemWrite /proc/self/mem',
          'mine',
          refused('FileSystemRead', `/proc/${process.pid}/root${granted}/file`, '*'),
        ],
      );
      assert.doesNotMatch(found[2], /ERR/);
    });

    it("an inherited grant of /proc/self is the child's own", { skip: linux() }, () => {
      const found = ask(node, ['read /proc/self/comm'], ['--allow-fs-read=/proc/self']);
      assert.doesNotMatch(found[0], /ERR/);
    });

    it('a granted device that is a link to a pipe can be read', { skip: linux() }, () => {
      // A pipe of the shell's: what Node gives a child is a socket, which cannot be opened by name.
      const piped = (flags) => {
        const env = cleanEnv({ PERMIT_OPTIONS: options([`--allow-fs-read=${here}`, ...flags]) });
        const script = `echo piped | "${node.path}" -r "${PRELOAD}" "${join(here, 'ask.js')}" "read /dev/stdin"`;
        return report(spawnSync('sh', ['-c', script], { env, encoding: 'utf8' }));
      };
      assert.deepEqual(piped(['--allow-fs-read=/dev/stdin']), ['piped\n']);
      assert.deepEqual(piped([]), [refused('FileSystemRead', '/dev/stdin', '/dev/stdin')]);
    });

    it('a granted directory that is a link works by both names', () => {
      const name = join(folder, 'name');
      symlinkSync('granted', name);
      const questions = [
        `read ${name}/file`,
        `read ${granted}/file`,
        `write ${name}/new`,
        `read ${name}/../secret/file`,
      ];
      const flags = [`--allow-fs-read=${here}`, `--allow-fs-read=${name}`, `--allow-fs-write=${name}`];
      assert.deepEqual(report(held(node, flags, [join(here, 'ask.js'), ...questions])), [
        'mine',
        'mine',
        'done',
        refused('FileSystemRead', `${name}/../secret/file`, `${secret}/file`),
      ]);
    });

    it('a granted link to a file gives what it leads to, but not by its own name', () => {
      const name = join(folder, 'name');
      symlinkSync('secret/file', name);
      const flags = [`--allow-fs-read=${here}`, `--allow-fs-read=${name}`, `--allow-fs-write=${name}`];
      const own = (permission) => refused(permission, `${secret}/file`, `${secret}/file`);
      assert.deepEqual(
        report(
          held(node, flags, [
            join(here, 'ask.js'),
            ...['read', 'write', 'has'].flatMap((verb) => [`${verb} ${name}`, `${verb} ${secret}/file`]),
            `unlink ${secret}/file`,
            `unlink ${name}`,
          ]),
        ),
        ['secret', own('FileSystemRead'), 'done', own('FileSystemWrite'), true, false, own('FileSystemWrite'), 'done'],
      );
      assert.equal(readFileSync(join(secret, 'file'), 'utf8'), 'written');
    });

    for (const [name, lay] of Object.entries({
      'a store of its own': (project) => {
        mkdirSync(join(project, 'node_modules', '.pnpm', 'linked@1.0.0', 'node_modules', 'linked'), {
          recursive: true,
        });
        symlinkSync('.pnpm/linked@1.0.0/node_modules/linked', join(project, 'node_modules', 'linked'));
        return join(project, 'node_modules', '.pnpm', 'linked@1.0.0', 'node_modules', 'linked');
      },
      workspaces: (project) => {
        mkdirSync(join(project, 'packages', 'linked'), { recursive: true });
        mkdirSync(join(project, 'node_modules'));
        symlinkSync('../packages/linked', join(project, 'node_modules', 'linked'));
        return join(project, 'packages', 'linked');
      },
    })) {
      for (const through of ['its own name', 'a link above it', 'two links above it']) {
        it(`packages in ${name} load from a project granted by ${through}`, () => {
          const project = join(folder, 'real', 'project');
          mkdirSync(project, { recursive: true });
          const home = lay(project);
          writeFileSync(join(home, 'package.json'), '{"name": "linked", "main": "main.js"}');
          writeFileSync(join(home, 'main.js'), 'exports.name = "linked";');
          writeFileSync(join(project, 'package.json'), '{}');
          writeFileSync(join(project, 'app.js'), readFileSync(join(here, 'layout.js')));
          symlinkSync('real', join(folder, 'one'));
          symlinkSync('one', join(folder, 'two'));
          const grant = {
            'its own name': project,
            'a link above it': join(folder, 'one', 'project'),
            'two links above it': join(folder, 'two', 'project'),
          }[through];
          assert.deepEqual(report(held(node, [`--allow-fs-read=${grant}`], [join(grant, 'app.js')])), {
            required: 'linked',
            imported: 'linked',
            real: home,
            native: home,
            promised: home,
          });
        });
      }
    }

    it('a store outside the project must be granted too', () => {
      const store = join(folder, 'store', 'linked');
      mkdirSync(store, { recursive: true });
      writeFileSync(join(store, 'package.json'), '{"name": "linked", "main": "main.js"}');
      writeFileSync(join(store, 'main.js'), 'exports.name = "linked";');
      mkdirSync(join(granted, 'node_modules'));
      symlinkSync(store, join(granted, 'node_modules', 'linked'));
      writeFileSync(join(granted, 'app.js'), readFileSync(join(here, 'layout.js')));
      const run = (flags) => held(node, [`--allow-fs-read=${granted}`, ...flags], [join(granted, 'app.js')]);
      assert.match(run([]).stderr, /ERR_ACCESS_DENIED/);
      assert.equal(report(run([`--allow-fs-read=${join(folder, 'store')}`])).required, 'linked');
    });

    it('what was remembered is forgotten when the program changes where a path leads', () => {
      for (let n = 1; n <= 9; n += 1) link(`out-${n}`, '../secret/file');
      link('out-slow', '../secret/file');
      mkdirSync(join(secret, 'way'));
      writeFileSync(join(secret, 'way', 'x'), 'secret');
      link('out-folder', '../secret/way');
      const found = report(
        held(
          node,
          [`--allow-fs-read=${here}`, `--allow-fs-read=${granted}`, `--allow-fs-write=${granted}`],
          [join(here, 'forget.js'), granted],
        ),
      );
      const { 'a link made anew': anew, ...moved } = found;
      assert.equal(Object.keys(moved).length, 11);
      for (const [way, outcome] of Object.entries(moved))
        assert.deepEqual(outcome, ['mine', 'ERR_ACCESS_DENIED FileSystemRead'], way);
      assert.deepEqual(anew, ['one', 'two']);
    });

    it('with --symlinks=follow links lead anywhere but to what is denied or protected', () => {
      link('out', '../secret/file');
      link('memory', '/proc/self/mem');
      assert.deepEqual(ask(node, [`read ${granted}/out`, `write ${granted}/memory`], ['--symlinks=follow']), [
        'secret',
        `ERR_ACCESS_DENIED FileSystemWrite ${granted}/memory`,
      ]);
      assert.deepEqual(ask(node, [`read ${granted}/out`], ['--symlinks=follow', `--deny-fs-read=${secret}`]), [
        `ERR_ACCESS_DENIED FileSystemRead ${granted}/out`,
      ]);
    });

    it('a child of one that does not follow links does not follow them', () => {
      link('out', '../secret/file');
      const flags = [`--allow-fs-read=${here}`, `--allow-fs-read=${granted}`, '--allow-child-process'];
      const args = [join(here, 'child-that-follows.js'), join(here, 'ask.js'), `read ${granted}/out`];
      assert.deepEqual(report(held(node, flags, args)), [
        refused('FileSystemRead', `${granted}/out`, `${secret}/file`),
      ]);
    });
  });
}
