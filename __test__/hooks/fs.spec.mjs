// What permit holds of the file system beyond Node's own model: every level of what is recursive,
// and what is denied inside what is granted. The rest is compared with Node call by call, in
// __test__/native.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, held, report, scratch } from '../helpers/run.mjs';

const here = join(FIXTURES, 'fs');
const folder = scratch();
const tree = join(folder, 'tree');
const secret = join(tree, 'a', 'secret');

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(tree, 'a', 'b'), { recursive: true });
  for (const path of [secret, join(tree, 'a', 'b', 'file'), join(tree, 'top')]) writeFileSync(path, 'text');
});

/** What each call gives: `ok`, or the permission and the resource of its refusal. */
function tries(node, flags, calls, extra = []) {
  return report(held(node, flags, [...extra, join(here, 'try.js'), folder, ...calls]));
}

const ALL = [`--allow-fs-read=${folder}/*`, `--allow-fs-write=${folder}/*`];

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('nothing above a denied path can be renamed, by any flavour', () => {
      const calls = [
        `fs.renameSync(tree, out)`,
        `fsp.rename(tree, out)`,
        `cb((done) => fs.rename(tree + '/a', out, done))`,
        `fs.renameSync(Buffer.from(tree), out)`,
        `fs.renameSync(tree + '/a/b', out)`,
      ];
      assert.deepEqual(tries(node, [...ALL, `--deny-fs-read=${secret}`], calls), [
        'FileSystemRead tree',
        'FileSystemRead tree',
        'FileSystemRead tree/a',
        'FileSystemRead tree',
        'ok',
      ]);
    });

    it('a file, a link and a free folder can be renamed where a pattern denies something', () => {
      const calls = [
        `fs.renameSync(tree + '/top', out)`,
        `fsp.rename(out, tree + '/top')`,
        `cb((done) => fs.rename(tree + '/a/b/file', tree + '/a/b/other', done))`,
        `fs.symlinkSync('top', tree + '/link')`,
        `fs.renameSync(tree + '/link', tree + '/a/link')`,
        `fs.renameSync(secret, out)`,
        `fs.renameSync(tree + '/top', secret)`,
      ];
      assert.deepEqual(
        tries(node, [...ALL, `--deny-fs-read=${tree}/**/secret`, `--deny-fs-write=${tree}/**/secret`], calls),
        ['ok', 'ok', 'ok', 'ok', 'ok', 'FileSystemRead tree/a/secret', 'FileSystemWrite tree/a/secret'],
      );
    });

    it('a descriptor with no file behind it is what the system says it is', () => {
      const calls = [`fs.fsyncSync(1)`, `cb((done) => fs.fdatasync(1, done))`, `fs.futimesSync(9999, 1, 1)`];
      assert.deepEqual(tries(node, ALL, calls), ['EINVAL', 'EINVAL', 'EBADF']);
    });

    it('a removed file is one by the name that it had last, unless it has another', () => {
      const calls = [
        `removed(tree + '/top')`,
        `removed(tree + '/a/b/file', () => fs.linkSync(tree + '/a/b/file', out))`,
      ];
      const [alone, other] = tries(node, ALL, calls);
      assert.equal(alone, 'ok');
      assert.match(other, /^FileSystemWrite .*descriptor \d+$/);
      const drop = (path) => `() => process.permission.drop('fs.write', ${path})`;
      const [dropped] = tries(node, ALL, [`removed(secret, ${drop(`tree + '/a/b'`)}, ${drop('secret')})`]);
      assert.match(dropped, /^FileSystemWrite tree\/a\/secret$/);
    });

    it('a recursive listing stops at a denied directory, by any flavour', () => {
      const readdir = `fs.readdir(tree, { recursive: true }, done)`;
      const calls = [
        `drainLater(await fsp.opendir(tree, { recursive: true }))`,
        `drainLater(fs.opendirSync(tree, { recursive: true }))`,
        `drain(fs.opendirSync(tree, { recursive: true }))`,
        `fs.readdirSync(tree, { recursive: true })`,
        `fsp.readdir(tree, { recursive: true })`,
        `cb((done) => ${readdir})`,
        `(path.join = path.toNamespacedPath = () => tree + '/a/b', drain(fs.opendirSync(tree, { recursive: true })))`,
        `fs.readdirSync(tree, { recursive: true, withFileTypes: true })`,
        `(drain(fs.opendirSync(tree, changing())), fs.readdirSync(tree + '/a/b'))`,
        `drain(fs.opendirSync(tree, { recursive: 1 }))`,
      ];
      assert.deepEqual(
        tries(node, [...ALL, `--deny-fs-read=${tree}/a/b`], calls),
        calls.map(() => 'FileSystemRead tree/a/b'),
      );
    });

    it('what was dropped cannot be renamed into reach', () => {
      assert.deepEqual(tries(node, ALL, [`process.permission.drop('fs.read', secret)`, `fs.renameSync(tree, out)`]), [
        'ok',
        'FileSystemRead tree',
      ]);
    });

    it('the folder of the policy file cannot be renamed', () => {
      const config = join(tree, 'policy.json');
      writeFileSync(config, JSON.stringify({ permission: { 'allow-fs-read': '*', 'allow-fs-write': '*' } }));
      const args = ['-r', PRELOAD, join(here, 'rename.js'), tree, join(folder, 'out')];
      const result = bare(node, args, { env: { PERMIT_CONFIG: config } });
      assert.equal(report(result), 'ERR_ACCESS_DENIED');
    });

    it('a recursive rm of a folder with a denied path in it removes nothing', () => {
      const calls = [
        `fs.rmSync(tree, { recursive: true })`,
        `fsp.rm(tree, { recursive: true })`,
        `cb((done) => fs.rm(tree, { recursive: true, force: true }, done))`,
      ];
      assert.deepEqual(
        tries(node, [...ALL, `--deny-fs-write=${secret}`], calls),
        Array.from(calls, () => 'FileSystemWrite tree/a/secret'),
      );
      assert.deepEqual(readdirSync(join(tree, 'a')).toSorted(), ['b', 'secret']);
    });

    it('a recursive cp of a folder with a denied path in it copies nothing of that path', () => {
      const calls = [
        `fs.cpSync(tree, out, { recursive: true })`,
        `fsp.cp(tree, out + 2, { recursive: true })`,
        `cb((done) => fs.cp(tree, out + 3, { recursive: true }, done))`,
      ];
      for (const told of tries(node, [...ALL, `--deny-fs-read=${secret}`], calls))
        assert.match(told, /^FileSystemRead tree\/a\/secret$/);
      for (const name of ['out', 'out2', 'out3']) assert.equal(existsSync(join(folder, name, 'a', 'secret')), false);
    });

    it('every level of a recursive mkdir is asked about', () => {
      const flags = [`--allow-fs-write=${tree}/new/deep/*`];
      assert.deepEqual(tries(node, flags, [`fs.mkdirSync(tree + '/new/deep/x', { recursive: true })`]), [
        'FileSystemWrite tree/new',
      ]);
      assert.equal(existsSync(join(tree, 'new')), false);
    });

    it('every folder of a recursive readdir is asked about', () => {
      const calls = [`fs.readdirSync(tree, { recursive: true })`, `fsp.readdir(tree, { recursive: true })`];
      assert.deepEqual(tries(node, [...ALL, `--deny-fs-read=${join(tree, 'a', 'b')}`], calls), [
        'FileSystemRead tree/a/b',
        'FileSystemRead tree/a/b',
      ]);
    });

    it('a recursive readdir goes behind links that lead to what is granted', () => {
      symlinkSync('a', join(tree, 'link'));
      symlinkSync('.', join(tree, 'a', 'self'));
      const list = `fs.readdirSync(tree, { recursive: true })`;
      assert.deepEqual(tries(node, [`--allow-fs-read=${tree}`], [list]), ['ok']);
    });

    it('a relative path of an asynchronous call means what it meant when it was asked about', () => {
      const program = join(here, 'chdir-after-the-call.js');
      const found = report(held(node, ALL, [program, tree, join(tree, 'a')]));
      rmSync(join(tree, 'made'), { recursive: true });
      for (const name of ['by-callback', 'by-promise']) rmSync(join(tree, name));
      assert.deepEqual(found, report(bare(node, [program, tree, tree])));
      assert.deepEqual(readdirSync(join(tree, 'a')).toSorted(), ['b', 'secret']);
    });

    it('a glob grants what it says and no more', () => {
      const flags = [`--allow-fs-read=${tree}/*/secret`];
      const calls = [
        `fs.readFileSync(secret)`,
        `fs.readFileSync(tree + '/top')`,
        `fs.readFileSync(tree + '/a/b/file')`,
      ];
      assert.deepEqual(tries(node, flags, calls), ['ok', 'FileSystemRead tree/top', 'FileSystemRead tree/a/b/file']);
    });

    if (node.major >= 26) {
      it('a virtual file system is mounted only with --allow-fs-vfs', () => {
        const calls = [`require('node:vfs').create().mount(tree)`];
        const vfs = ['--experimental-vfs', '--no-warnings'];
        assert.deepEqual(tries(node, ALL, calls, vfs), ['FileSystem tree']);
        assert.deepEqual(tries(node, [...ALL, '--allow-fs-vfs'], calls, vfs), ['ok']);
      });
    }
  });
}
