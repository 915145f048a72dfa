// Where a policy comes from, how sources add up, and that one which cannot be read in full stops
// the start: code 9, one line that says where, nothing on stdout.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NODES } from '../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, bare, report, scratch } from '../helpers/run.mjs';

const folder = scratch();
mkdirSync(join(folder, 'data', 'sub'), { recursive: true });
writeFileSync(join(folder, 'data', 'x'), '');
let files = 0;
const policy = (permission, at = folder) => {
  const path = join(at, `policy-${(files += 1)}.json`);
  writeFileSync(path, typeof permission === 'string' ? permission : JSON.stringify({ permission }));
  return path;
};

function run(node, env, args = [], cwd = folder) {
  return bare(node, ['-r', PRELOAD, ...args], { env, cwd });
}

/** What `has` answers to each `[scope, reference]`. */
function has(node, env, questions, cwd) {
  const text = `console.log(JSON.stringify(${JSON.stringify(questions)}.map((question) => process.permission.has(...question))))`;
  return report(run(node, env, ['-e', text], cwd));
}

const NODE = NODES.at(-1);

for (const node of NODES) {
  describe(`Node ${node.version}`, () => {
    it('takes line ends, tabs and carriage returns in PERMIT_OPTIONS for blanks between flags', () => {
      const env = { PERMIT_OPTIONS: `--allow-fs-read=*\r\n\t--deny-fs-read=${folder}/data/x\r\n--allow-net\n` };
      assert.deepEqual(has(node, env, [['fs.read', `${folder}/data/x`], ['fs.read', `${folder}/data`], ['net']]), [
        false,
        true,
        true,
      ]);
    });

    it('takes a name as it is spelled where it exists, or where ./ or a backslash says so', () => {
      const at = mkdtempSync(join(folder, 'spelled-'));
      for (const name of ['~', 'a,b', '$HOME']) mkdirSync(join(at, name));
      const deny = ['~', `${at}/a,b`, '$HOME', './~root', `${at}/c\\\\,d`]
        .map((path) => `"--deny-fs-read=${path}"`)
        .join(' ');
      const names = ['~/x', 'a,b', '$HOME/x', '~root', 'c,d'];
      assert.deepEqual(
        has(
          node,
          { PERMIT_OPTIONS: `--allow-fs-read=* ${deny}` },
          [...names, 'e'].map((name) => ['fs.read', join(at, name)]),
          at,
        ),
        [...names.map(() => false), true],
      );
    });

    it('says of a grant that it grants nothing by its spelling, and starts', () => {
      const result = run(node, { PERMIT_OPTIONS: '--allow-fs-read=~/data --allow-fs-read=/no/such/a,/no/such/b' }, [
        '-e',
        'console.log(1)',
      ]);
      assert.deepEqual([result.status, result.stdout], [0, '1\n']);
      assert.match(
        result.stderr,
        /^permit: PERMIT_OPTIONS: --allow-fs-read: "~\/data" matches nothing.*\npermit: PERMIT_OPTIONS: --allow-fs-read: "\/no\/such\/a,\/no\/such\/b" is one name with a comma.*\n$/,
      );
    });

    it('keeps every link on the way to the policy: who changed one would lead the next start elsewhere', () => {
      const at = mkdtempSync(join(folder, 'links-'));
      for (const name of ['app', 'middle', 'real']) mkdirSync(join(at, name));
      writeFileSync(
        join(at, 'real', 'policy.json'),
        JSON.stringify({ permission: { 'allow-fs-read': at, 'allow-fs-write': at } }),
      );
      symlinkSync('../middle/policy.json', join(at, 'app', 'policy.json'));
      symlinkSync('../middle/folder/policy.json', join(at, 'middle', 'policy.json'));
      symlinkSync('../real', join(at, 'middle', 'folder'));
      const told = report(
        run(node, { PERMIT_CONFIG: join('app', 'policy.json') }, [join(FIXTURES, 'config', 'changes-links.js')], at),
      );
      assert.deepEqual(
        [Object.keys(told).length, new Set(Object.values(told))],
        [7, new Set(['ERR_ACCESS_DENIED'])],
        JSON.stringify(told),
      );
      assert.ok(existsSync(join(at, 'middle', 'mine')) && existsSync(join(at, 'app', 'policy.json')));
    });

    it('lets folders be removed in which names of permit would lie, and none does', () => {
      const at = mkdtempSync(join(folder, 'packages-'));
      assert.deepEqual(
        report(
          run(
            node,
            { PERMIT_OPTIONS: `--allow-fs-read=${at} --allow-fs-write=${at}` },
            [join(FIXTURES, 'config', 'removes-packages.js')],
            at,
          ),
        ),
        [],
      );
    });

    it('takes flags from PERMIT_OPTIONS, quoted as in NODE_OPTIONS', () => {
      const env = { PERMIT_OPTIONS: `--allow-net "--allow-fs-read=${folder}/a \\"b\\"" --allow-fs-write ./data` };
      assert.deepEqual(
        has(node, env, [
          ['net'],
          ['fs.read', `${folder}/a "b"`],
          ['fs.write', `${folder}/data/sub/y`],
          ['fs.read', folder],
        ]),
        [true, true, true, false],
      );
    });

    it('takes a file from PERMIT_CONFIG, whose relative paths start at the file', () => {
      const path = policy({ 'allow-fs-read': ['./data'], 'allow-worker': true });
      assert.deepEqual(
        has(node, { PERMIT_CONFIG: path }, [['fs.read', `${folder}/data/x`], ['worker'], ['child']], '/'),
        [true, true, false],
      );
    });

    it('stops for a policy that cannot be read', () => {
      const result = run(node, { PERMIT_OPTIONS: '--allow-fs-reed=/x' }, ['-e', 'console.log(1)']);
      assert.deepEqual([result.status, result.stdout], [9, '']);
      assert.equal(
        result.stderr,
        'permit: PERMIT_OPTIONS: --allow-fs-reed: unknown flag; did you mean --allow-fs-read?\n',
      );
    });
  });
}

describe('sources', () => {
  it('are added up', () => {
    const env = { PERMIT_CONFIG: policy({ 'allow-fs-read': ['./data'] }), PERMIT_OPTIONS: '--allow-worker' };
    assert.deepEqual(has(NODE, env, [['fs.read', `${folder}/data`], ['worker']]), [true, true]);
  });

  it('include node.config.json of the working directory when nothing else names a policy', () => {
    const app = mkdtempSync(join(folder, 'app-'));
    writeFileSync(join(app, 'node.config.json'), '{"permission":{"allow-worker":true},"nodeOptions":{}}');
    assert.deepEqual(has(NODE, {}, [['worker']], app), [true]);
    assert.deepEqual(has(NODE, { PERMIT_OPTIONS: '--allow-net' }, [['worker'], ['net']], app), [false, true]);
    assert.deepEqual(has(NODE, { PERMIT_CONFIG: policy({ 'allow-wasi': true }) }, [['worker'], ['wasi']], app), [
      false,
      true,
    ]);
  });

  it('leave a node.config.json without a policy alone', () => {
    const app = mkdtempSync(join(folder, 'app-'));
    writeFileSync(join(app, 'node.config.json'), '{"nodeOptions":{}}');
    assert.deepEqual(has(NODE, {}, [['worker'], ['fs.read', app]], app), [false, false]);
  });

  it('refuse all but the entry point when there are none', () => {
    const app = join(mkdtempSync(join(folder, 'app-')), 'app.js');
    writeFileSync(
      app,
      `console.log(JSON.stringify(['fs.read', 'net', 'child'].map((scope) => process.permission.has(scope, __filename))))`,
    );
    assert.deepEqual(report(run(NODE, {}, [app])), [true, false, false]);
  });

  it('include a profile, which adds to the base', () => {
    const path = policy({
      'allow-worker': true,
      profiles: { api: { 'allow-net': true }, build: { extends: 'api', 'allow-child-process': true } },
    });
    const questions = [['worker'], ['net'], ['child']];
    assert.deepEqual(has(NODE, { PERMIT_CONFIG: path }, questions), [true, false, false]);
    assert.deepEqual(has(NODE, { PERMIT_CONFIG: path, PERMIT_PROFILE: 'api' }, questions), [true, true, false]);
    assert.deepEqual(has(NODE, { PERMIT_CONFIG: path, PERMIT_OPTIONS: '--profile=build' }, questions), [
      true,
      true,
      true,
    ]);
  });

  it('let a denial win over every grant', () => {
    const env = { PERMIT_OPTIONS: `--allow-fs-read=${folder} --deny-fs-read=${folder}/data` };
    assert.deepEqual(
      has(NODE, env, [
        ['fs.read', `${folder}/data/x`],
        ['fs.read', `${folder}/other`],
      ]),
      [false, true],
    );
  });

  it('know the project, the home, the temporary folder and the working directory', () => {
    const app = mkdtempSync(join(folder, 'app-'));
    mkdirSync(join(app, 'deep'));
    writeFileSync(join(app, 'package.json'), '{}');
    const path = policy({ 'allow-fs-read': ['${PROJECT}/src', '${HOME}/h', '${TMP}/t', '${CWD}/c'] });
    const env = { PERMIT_CONFIG: path, HOME: '/home/someone', TMPDIR: '/var/tmp' };
    const questions = [`${app}/src`, '/home/someone/h', '/var/tmp/t', `${app}/deep/c`].map((asked) => [
      'fs.read',
      asked,
    ]);
    assert.deepEqual(has(NODE, env, questions, join(app, 'deep')), [true, true, true, true]);
  });

  it('report a grant that has expired, which grants nothing', () => {
    const path = policy({ 'allow-fs-read': [{ grant: './data', reason: 'OPS-12', expires: '2020-01-01' }, './other'] });
    const text = `console.log(JSON.stringify([process.permission.has('fs.read', 'data'), process.permission.has('fs.read', 'other')]))`;
    const result = run(NODE, { PERMIT_CONFIG: path }, ['-e', text]);
    assert.deepEqual(report(result), [false, true]);
    assert.match(result.stderr, /^permit: .*policy-\d+\.json:1:\d+: .*\.\/data.*expired on 2020-01-01 \("OPS-12"\)\n$/);
  });

  for (const node of NODES) {
    it(`take a grant away when its time is over, in threads and children too, on Node ${node.version}`, () => {
      const lapse = join(FIXTURES, 'config', 'lapse.js');
      const data = join(folder, 'data.txt');
      writeFileSync(data, 'data');
      const expires = `${new Date(Date.now() + 4000).toISOString().slice(0, 19)}Z`;
      const path = policy({
        'allow-fs-read': [lapse, { grant: data, expires }],
        'allow-worker': true,
        'allow-child-process': true,
      });
      const outcome = { reads: true, code: 'ERR_ACCESS_DENIED', has: false };
      assert.deepEqual(report(run(node, { PERMIT_CONFIG: path }, [lapse, data])), {
        main: outcome,
        worker: outcome,
        child: outcome,
      });
    });
  }

  it('accept a list of hosts and, until hosts are told apart, refuse every one of them while listening is allowed', () => {
    const env = {
      PERMIT_CONFIG: policy({ 'allow-net': ['api.stripe.com:443', '10.0.0.0/8', 'loopback', 'unix:/run/x'] }),
    };
    assert.deepEqual(has(NODE, env, [['net'], ['net.connect'], ['net.resolve'], ['net.listen']]), [
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('bad input is one line that says where, what, and what is expected', () => {
  const cases = {
    'an unknown key': [
      { 'allow-fs-reads': ['/x'] },
      /:1:16: .*unknown key "allow-fs-reads".*did you mean "?allow-fs-read/,
    ],
    'a wrong type': [{ 'allow-worker': 'yes' }, /:1:\d+: .*"allow-worker"/],
    'a key that stands twice': ['{"permission":{"allow-net":true,"allow-net":true}}', /:1:33: .*twice/],
    'no JSON': ['{"permission":{"allow-net":tru}}', /:1:\d+: .*JSON/],
    'a policy that turns itself off': [{ 'allow-net': ['not a host!'] }, /not a host!/],
    'permission false': ['{"permission":false}', /cannot be turned off/],
    'a file without a policy': ['{"other":1}', /no key "permission"/],
    'an unknown token': [{ 'allow-fs-read': ['${HOEM}/x'] }, /HOEM.*did you mean.*HOME/],
    'a date that is none': [{ 'allow-fs-read': [{ grant: '/x', expires: 'soon' }] }, /soon/],
    'an unknown profile to extend': [{ profiles: { a: { extends: 'b' } } }, /"?b"?/],
    'profiles in a circle': [{ profiles: { a: { extends: 'b' }, b: { extends: 'a' } } }, /profile/],
    'what is not built yet': [{ sandbox: true }, /not supported yet/],
  };
  for (const [name, [permission, pattern]] of Object.entries(cases)) {
    it(name, () => {
      const result = run(NODE, { PERMIT_CONFIG: policy(permission) }, ['-e', 'console.log(1)']);
      assert.deepEqual([result.status, result.stdout], [9, ''], result.stderr);
      assert.match(result.stderr, /^permit: [^\n]+\n$/);
      assert.match(result.stderr, pattern);
    });
  }

  const options = {
    'an unfinished quote': ['"--allow-net', /quote/],
    'a missing value': ['--allow-fs-read=', /requires an argument/],
    'a word that is no flag': ['--allow-net app.js', /app\.js/],
    'turning it off': ['--no-permission', /cannot be turned off/],
    'a file that is not there': ['--config=/no/such.json', /--config: \/no\/such\.json: there is no such file/],
    'a profile without a file': ['--profile=x', /node\.config\.json/],
  };
  for (const [name, [text, pattern]] of Object.entries(options)) {
    it(name, () => {
      const result = run(NODE, { PERMIT_OPTIONS: text }, ['-e', 'console.log(1)']);
      assert.deepEqual([result.status, result.stdout], [9, ''], result.stderr);
      assert.match(result.stderr, /^permit: [^\n]+\n$/);
      assert.match(result.stderr, pattern);
    });
  }

  const denials = {
    'the home directory': [
      '--deny-fs-read=~/.ssh',
      /--deny-fs-read: "~\/\.ssh" matches nothing: permit does not expand ~; write "\$\{HOME\}\/\.ssh"/,
    ],
    'a variable': ['--deny-fs-write=$HOME/.aws', /permit does not expand variables; write "\$\{HOME\}\/\.aws"/],
    quotes: ["--deny-fs-read='/etc/passwd'", /the quotes are part of it; write "\/etc\/passwd"/],
    'several paths': [
      '--deny-fs-read=/no/such/a,/no/such/b',
      /is one name with a comma, and nothing exists there; to name several repeat the flag, or write \\, for a comma/,
    ],
    'a URL': ['--deny-fs-read=file:///etc/passwd', /is a URL and no path; write "\/etc\/passwd"/],
    'a program in quotes': ["--deny-child-process='/bin/sh'", /the quotes are part of it; write "\/bin\/sh"/],
    'a variable of the environment': ['--deny-env=$TOKEN', /permit does not expand variables/],
    'a list as PATH has it': [
      '--deny-fs-read=/no/such/a:/no/such/b',
      /is one name with a ':', and nothing exists there; to name several repeat the flag, or write \[:\] for a ':' in a name/,
    ],
    'a sign': [
      '--deny-fs-read=!/etc/passwd',
      /a sign does not take a name out of a list; write "\/etc\/passwd" under the other key/,
    ],
    'a URL of another kind': ['--deny-fs-read=unix:/no/such/a', /is a URL and no path; write "the path itself"/],
    'what a shell would run': ['--deny-fs-read=$(pwd)/a', /permit does not expand variables; write the value itself/],
    'quotes in the middle': ["--deny-fs-read=/etc/'passwd'", /the quotes are part of it; write "\/etc\/passwd"/],
    'a pattern of bash': [
      '--deny-fs-read=/etc/@(passwd|shadow)',
      /permit's patterns have no @\(a\|b\), !\(a\) or the like; write \{a,b\} for one of several/,
    ],
    'what nobody sees': [
      '--deny-fs-read=/etc/passwd\u2060',
      /contains U\+2060, which is not visible; write "\/etc\/passwd"/,
    ],
    'a tab': ['"--deny-fs-read=/etc/passwd\t"', /contains U\+0009, which is not visible; write "\/etc\/passwd"/],
  };
  for (const [name, [flag, pattern]] of Object.entries(denials)) {
    it(`a denial that denies nothing by its spelling: ${name}`, () => {
      for (const node of NODES) {
        const result = run(node, { PERMIT_OPTIONS: `--allow-fs-read=* ${flag}` }, ['-e', 'console.log(1)']);
        assert.deepEqual([result.status, result.stdout], [9, ''], result.stderr);
        assert.match(result.stderr, /^permit: PERMIT_OPTIONS: [^\n]+\n$/);
        assert.match(result.stderr, pattern);
      }
    });
  }

  it('a denial in a file, with its place', () => {
    const result = run(
      NODE,
      { PERMIT_CONFIG: policy({ 'allow-fs-read': '*', 'deny-fs-read': ['/no/such/a,/no/such/b'] }) },
      ['-e', 'console.log(1)'],
    );
    assert.deepEqual([result.status, result.stdout], [9, ''], result.stderr);
    assert.match(
      result.stderr,
      /^permit: \S+\.json:1:\d+: "\/no\/such\/a,\/no\/such\/b" is one name with a comma.*write an array/,
    );
  });

  it('a file named by PERMIT_CONFIG that is missing', () => {
    const result = run(NODE, { PERMIT_CONFIG: join(folder, 'none.json') }, ['-e', 'console.log(1)']);
    assert.deepEqual([result.status, result.stdout], [9, '']);
    assert.match(result.stderr, /^permit: PERMIT_CONFIG: .*none\.json: there is no such file/);
  });
});
