// Trace, then enforce: real packages do their own work again under the policy that was written for
// them, and are refused nothing. What is planted in one of them afterwards is refused, and its
// record names the package.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { programs } from '../helpers/needs.mjs';
import { NODES } from '../helpers/nodes.mjs';
import { PROJECT, build, install } from '../helpers/packages.mjs';
import { FIXTURES, PRELOAD, cleanEnv, options, scratch } from '../helpers/run.mjs';

const folder = scratch();
const secret = join(folder, 'secret.txt');
writeFileSync(secret, 'secret');
/** Its addon is built from source. */
const withoutTools = programs('python3', 'make', 'g++');

/**
 * The programs: how they are started, the package in which something is planted, and in which of
 * its files.
 */
const PROGRAMS = {
  express: { args: ['express.js'], file: 'express/index.js', says: '200\n200\n404\n' },
  fastify: { args: ['fastify.js'], file: 'fastify/fastify.js', says: '{"hello":"world"}' },
  typescript: {
    args: ['node_modules/typescript/bin/tsc', '-p', '.'],
    file: 'typescript/bin/tsc',
    makes: 'build/index.js',
  },
  eslint: { args: ['node_modules/eslint/bin/eslint.js', 'web'], file: 'eslint/bin/eslint.js' },
  prettier: {
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', 'web', 'test'],
    file: 'prettier/bin/prettier.cjs',
    says: 'Checking formatting',
  },
  webpack: {
    args: ['node_modules/webpack/bin/webpack.js'],
    file: 'webpack/bin/webpack.js',
    makes: 'dist-webpack/main.js',
  },
  vite: { args: ['node_modules/vite/bin/vite.js', 'build'], file: 'vite/bin/vite.js', makes: 'dist-vite/index.html' },
  mocha: {
    args: ['node_modules/mocha/bin/mocha.js', 'test/sum.mocha.js'],
    file: 'mocha/bin/mocha.js',
    says: '1 passing',
  },
  jest: { args: ['node_modules/jest/bin/jest.js'], file: 'jest/bin/jest.js', tells: '1 passed' },
  'better-sqlite3': { args: ['sqlite.js'], file: 'better-sqlite3/lib/index.js', says: 'true', built: true },
  sharp: { args: ['sharp.js'], file: 'sharp/dist/index.cjs', says: 'true', makes: 'red.png' },
};
const MADE = ['build', 'dist-webpack', 'dist-vite', 'notes.db', 'red.png', 'node_modules/.cache'];

/** What is planted in a package. */
const PLANTED = readFileSync(join(FIXTURES, 'planted', 'code.js'), 'utf8').replace("'SECRET'", JSON.stringify(secret));

const clean = () => MADE.forEach((path) => rmSync(join(PROJECT, path), { recursive: true, force: true }));

function start(node, args, env = {}) {
  clean();
  const { status, stdout, stderr } = spawnSync(node.path, args, {
    cwd: PROJECT,
    env: cleanEnv(env),
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

/** Whether a program did its work. */
function worked(name, { stdout, stderr }) {
  const { says = '', tells = '', makes } = PROGRAMS[name];
  assert.ok(stdout.includes(says) && stderr.includes(tells), `${stdout}\n${stderr}`);
  if (makes) assert.ok(existsSync(join(PROJECT, makes)), `${makes} is not there\n${stdout}\n${stderr}`);
}

const records = (log) => {
  const lines = existsSync(log)
    ? readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  return lines.filter(({ decision }) => decision !== 'start');
};

for (const node of NODES.filter(({ major }) => major === 20 || major === 26)) {
  describe(`Node ${node.version}`, () => {
    before(() => {
      install();
      if (!withoutTools) build(node);
    });

    for (const [name, { args, file, built }] of Object.entries(PROGRAMS)) {
      it(
        `${name} is refused nothing under the policy of its trace, and what is planted in it is`,
        { skip: built && withoutTools },
        () => {
          const named = (end) => join(folder, `${name}-${node.major}${end}`);
          const bare = start(node, args);
          worked(name, bare);
          const traced = start(node, [PRELOAD, 'trace', `--out=${named('.json')}`, ...args]);
          worked(name, traced);
          assert.equal(traced.status, bare.status, traced.stderr);
          const written = readFileSync(named('.json'), 'utf8');
          const { permission } = JSON.parse(written);
          const grants = Object.values(permission)
            .flat()
            .map((entry) => entry.grant ?? entry);
          assert.ok(grants.length > 0);
          for (const wide of [
            '*',
            '/',
            '/*',
            '${HOME}',
            '${TMP}',
            '${TMP}/*',
            '${PROJECT}',
            '${PROJECT}/*',
            '/etc',
            '/proc',
          ])
            assert.ok(!grants.includes(wide), wide);

          const env = (end) => ({
            PERMIT_CONFIG: named('.json'),
            PERMIT_OPTIONS: options([`--audit-log=${named(end)}`]),
          });
          const enforced = start(node, ['-r', PRELOAD, ...args], env('.run'));
          worked(name, enforced);
          assert.deepEqual([enforced.status, records(named('.run'))], [bare.status, []], enforced.stderr);

          const tampered = join(PROJECT, 'node_modules', file);
          const text = readFileSync(tampered);
          writeFileSync(tampered, String(text).replace(/^(#!.*\n)?/, `$1${PLANTED}`));
          try {
            start(node, ['-r', PRELOAD, ...args], env('.planted'));
          } finally {
            writeFileSync(tampered, text);
          }
          const told = records(named('.planted')).map(({ scope, value, decision, package: by }) => ({
            scope,
            value: basename(value),
            decision,
            by,
          }));
          for (const [scope, value] of [
            ['fs.read', 'secret.txt'],
            ['net.resolve', 'planted.invalid'],
            ['child', 'planted-program'],
          ]) {
            assert.ok(
              told.some(
                (record) =>
                  record.scope === scope && record.value === value && record.decision === 'deny' && record.by === name,
              ),
              `${scope}: ${JSON.stringify(told)}`,
            );
          }
        },
      );
    }
  });
}
