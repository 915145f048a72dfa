// Programs of Node's own suite that do not pass under permit, or only with their children started
// apart, each with its reason. A program that fails and is not here fails the run; so does an entry
// whose program passes.
//
//   program  the file's name, without folders
//   nodes    the majors it is about; without it, all four
//   apart    it passes once the children that it gives a policy of their own are started by somebody who is not held
//   says     what its output says in failing, so that it cannot fail otherwise unseen
//   because  one sentence; `section` is where DESIGN says so

const CEILING = 'It gives children more than it has itself; under permit the policy of a parent is a ceiling.';
const DROPS = 'It holds that a drop of a part silently does nothing; under permit it holds.';
const LINKS =
  'Node refuses symlink in words of its own unless all of fs is granted; permit refuses what the policy does not let be linked, in the words of every refusal.';
const INTERNALS = "It works on Node's internals by --expose-internals, which hands out what the hooks stand on.";
const LOADER = '--loader without a grant for workers stops the start with code 9; Node fails later, with code 1.';
const COMPILE_CACHE = 'This Node has no compile cache.';
const CACHED = 'NODE_COMPILE_CACHE stops the start, granted or not: Node would take permit itself from the cache.';
const EXECVE = 'This Node has no process.execve.';

export const EXCEPTIONS = [
  // Behaviour that permit decides otherwise.
  { program: 'test-permission-child-process-inherit-flags.js', apart: true, because: CEILING, section: '1, 6' },
  { program: 'test-permission-fs-absolute-path.js', apart: true, because: CEILING, section: '1, 6' },
  { program: 'test-permission-fs-relative-path.js', apart: true, because: CEILING, section: '1, 6' },
  { program: 'test-permission-fs-repeat-path.js', apart: true, because: CEILING, section: '1, 6' },
  { program: 'test-permission-fs-write.js', nodes: [24, 26], apart: true, because: CEILING, section: '1, 6' },
  { program: 'test-permission-openssl-store.js', nodes: [24, 26], apart: true, because: CEILING, section: '1, 6' },
  {
    program: 'test-permission-child-process-inherit-flags-substring.js',
    says: /resource: '--trace-event-categories=/,
    because:
      'It gives a child --trace-event-categories, with which Node writes a file by itself; a held program cannot.',
    section: '6',
  },
  { program: 'test-permission-drop-fs-granted-path.js', says: /Case 1 failed/, because: DROPS, section: '3' },
  {
    program: 'test-permission-drop-fs-read.js',
    says: /falsy value:\s+assert\.ok\(process\.permission\.has\('fs\./,
    because: DROPS,
    section: '3',
  },
  {
    program: 'test-permission-drop-fs-scope.js',
    says: /falsy value:\s+assert\.ok\(process\.permission\.has\('fs\./,
    because: DROPS,
    section: '3',
  },
  {
    program: 'test-permission-drop-fs-write.js',
    says: /falsy value:\s+assert\.ok\(process\.permission\.has\('fs\./,
    because: DROPS,
    section: '3',
  },
  { program: 'test-permission-fs-symlink.js', says: /symlink API requires full/, because: LINKS, section: 'head, 3' },
  {
    program: 'test-permission-fs-symlink-relative.js',
    says: /symlink API requires full/,
    because: LINKS,
    section: 'head, 3',
  },
  {
    program: 'test-permission-fs-symlink-target-write.js',
    says: /symlink API requires full/,
    because: LINKS,
    section: 'head, 3',
  },
  {
    program: 'test-permission-fs-wildcard.js',
    says: /at \[eval\]:6:16/,
    because: 'It holds that everything behind the first * is ignored; permit takes a * in the middle for a glob.',
    section: '2',
  },
  {
    program: 'permission.js',
    says: /\+ +code: 'ERR_ACCESS_DENIED'/,
    because:
      'Node says ERR_DLOPEN_DISABLED of an addon that is not granted; permit says ERR_ACCESS_DENIED, Addon and the path.',
    section: '4',
  },
  {
    program: 'test-permission-sqlite-load-extension.js',
    nodes: [22, 24, 26],
    says: /code: 'ERR_ACCESS_DENIED'[^]*permission: 'Addon'/,
    because: 'Node has an error of its own for a refused SQLite extension; permit says ERR_ACCESS_DENIED and Addon.',
    section: '4',
  },
  {
    program: 'test-compile-cache-permission-allowed.js',
    says: /NODE_COMPILE_CACHE=\S+ has permit itself loaded from there/,
    because: CACHED,
    section: '10',
  },
  {
    program: 'test-compile-cache-permission-disallowed.js',
    says: /NODE_COMPILE_CACHE=\S+ has permit itself loaded from there/,
    because: CACHED,
    section: '10',
  },
  {
    program: 'test-async-loader-hooks-with-worker-permission-restricted.mjs',
    says: /--loader starts a thread/,
    because: LOADER,
    section: '6',
  },
  {
    program: 'test-async-loader-hooks-without-worker-permission.mjs',
    says: /--loader starts a thread/,
    because: LOADER,
    section: '6',
  },
  {
    program: 'test-permission-inspector-brk.js',
    says: /signal SIGKILL|9 !== 1/,
    because: '--inspect-brk waits for a debugger before any preload runs; permit ends it with code 9 then.',
    section: '6',
  },
  {
    program: 'test-permission-no-addons.js',
    says: /\+ 'using native addons'/,
    because:
      'Node leaves out the condition node-addons when it starts, before any preload; node --no-addons does the same beside permit.',
    section: '5',
  },

  // About the binary of Node, not about what is allowed.
  {
    program: 'test-cli-permission-multiple-allow.js',
    says: /CLI flag has changed/,
    because:
      'It asserts the warning that Node prints for a comma in a path; permit never split paths, and has nothing to warn of.',
    section: '2',
  },
  {
    program: 'test-permission-net-warning.js',
    says: /Mismatched <anonymous> function calls/,
    because: 'It asserts the experimental warning that Node prints for --allow-net.',
  },
  {
    program: 'test-permission-warning-flags.js',
    says: /SecurityWarning: The flag/,
    because: 'It asserts the warnings that Node prints for its flags at start.',
  },
  {
    program: 'test-ffi-permission-audit.js',
    nodes: [26],
    says: /did not match the regular expression \/ExperimentalWarning: FFI/,
    because:
      'It asserts the experimental warning that Node prints when node:ffi is first loaded; permit loads it before the program.',
  },
  {
    program: 'test-compile-cache-api-permission.js',
    nodes: [22, 24, 26],
    says: /stderr did not match expectation/,
    because: "It asserts what NODE_DEBUG_NATIVE prints of Node's own check.",
  },
  { program: 'test-cjs-legacyMainResolve-permission.js', says: /--expose-internals/, because: INTERNALS, section: '5' },
  {
    program: 'test-permission-fs-internal-module-stat.js',
    says: /--expose-internals/,
    because: INTERNALS,
    section: '5',
  },
  { program: 'test-repl-permission-model.js', says: /--expose-internals/, because: INTERNALS, section: '5' },
  {
    program: 'test-ffi-permission-allow-cli.js',
    nodes: [26],
    says: /--expose-internals|9 !== 0/,
    because: INTERNALS,
    section: '5',
  },

  // What this Node does not have.
  {
    program: 'test-compile-cache-api-permission.js',
    nodes: [20],
    says: /getCompileCacheDir is not a function/,
    because: COMPILE_CACHE,
  },
  {
    program: 'test-permission-fs-write.js',
    nodes: [20, 22],
    says: /mkdtempDisposableSync is not a function/,
    because: 'This Node has no fs.mkdtempDisposableSync.',
  },
  {
    program: 'test-permission-net-websocket.js',
    nodes: [20],
    says: /WebSocket is not defined/,
    because: 'This Node has no WebSocket.',
  },
  {
    program: 'test-permission-openssl-store.js',
    nodes: [20, 22],
    says: /ERR_INVALID_ARG_TYPE/,
    because: 'This Node has no keys through an OpenSSL store.',
  },
  {
    program: 'test-process-execve-permission-fail.js',
    nodes: [20],
    says: /process\.execve is not a function/,
    because: EXECVE,
  },
  {
    program: 'test-process-execve-permission-granted.js',
    nodes: [20],
    says: /process\.execve is not a function/,
    because: EXECVE,
  },
];
