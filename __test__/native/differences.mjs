// The one list of differences between Node 26.12's own model and permit that are accepted, each
// with its reason. A row that is not `same` and matches no entry fails the suite; an entry that no
// row matches fails it too.
//
//   is       better | stricter | absent | looser | same (but for the wording): what the reference's table counts it as.
//            `looser` is only for what DESIGN section 3 lists, and its `when` must hold that permit decided by the policy
//   kind     how the two relate (see compare.mjs)
//   row      which row ids
//   when     what else must hold of the row ({ node, plan, id, fields, oracle, permit, bare, free })
//   because  one sentence; `section` is where DESIGN says so

const only =
  (...names) =>
  ({ fields }) =>
    fields.every((field) => names.includes(field));
const both =
  (...tests) =>
  (row) =>
    tests.every((test) => test(row));
const full = /^Access to this API has been restricted\. Use --allow-[\w-]+ to manage permissions\.$/;
/** Node says less than permit: no flag in the message, or permission and resource left empty. */
const plainer = ({ oracle, permit }) =>
  oracle.message === 'Access to this API has been restricted' && full.test(permit.message);
const blind = ({ oracle }) => oracle.permission === '' && /API is disabled|requires full fs/.test(oracle.message);
const named = ({ permit }) => /^FileSystem/.test(permit.permission);
/** The grants of a plan, by what they let through at each place. */
const WRITES = {
  places: 'WB',
  nothing: '',
  'all read': '',
  'all write': 'RWBN',
  all: 'RWBN',
  'trailing stars': 'WB',
  slashes: 'WB',
  'root folder': 'RWBN',
};
const READS = {
  places: 'RB',
  nothing: '',
  'all read': 'RWBN',
  'all write': '',
  all: 'RWBN',
  'trailing stars': 'RB',
  slashes: 'RB',
  'root folder': 'RWBN',
};
const grantOf = ({ plan }) => plan.split(' with ')[1];
const placesOf = ({ permit }) => permit.row.places;
const mayWrite = (row) => placesOf(row).every((place) => WRITES[grantOf(row)].includes(place));

export const DIFFERENCES = [
  // Looser than Node by decision.
  {
    area: 'fs',
    is: 'looser',
    kind: 'allowed here',
    row: /^(FileHandle\.)?(fsync|fdatasync|fchmod|fchown|futimes|sync|datasync|chmod|chown|utimes)(\(fd\) | promise)/,
    when: both(blind, mayWrite),
    because: 'Node refuses these on any descriptor; permit lets a descriptor do what the path behind it may.',
    section: 'head, 3',
  },
  {
    area: 'fs',
    is: 'looser',
    kind: 'allowed here',
    row: /^(fsync|fdatasync|fchmod|fchown|futimes)\((99999|-1|1\.5)\)/,
    when: both(blind, ({ permit, bare }) => permit.code === bare.code && /EBADF|ERR_OUT_OF_RANGE/.test(permit.code)),
    because: 'There is nothing behind a number that is no open descriptor: the caller hears that, as without a policy.',
    section: '3',
  },
  {
    area: 'fs',
    is: 'looser',
    kind: 'allowed here',
    row: /^(writeFile|appendFile)\(.*flush/,
    when: both(blind, mayWrite),
    because: 'flush asks for fsync on the file that the call itself opened for writing.',
    section: '3',
  },
  {
    area: 'fs',
    is: 'looser',
    kind: 'not held back',
    row: /^(createWriteStream\(flush\)|FileHandle\.appendFile flush)/,
    when: mayWrite,
    because: 'The same in a stream: Node opens the file, writes it and then fails on fsync.',
    section: '3',
  },
  {
    area: 'fs',
    is: 'looser',
    kind: 'allowed here',
    row: /^(symlink|cp\(link)/,
    when: both(blind, ({ id, plan }) => {
      // A link needs what a hard link needs: both on what it names, and write where it is made.
      const grant = plan.split(' with ')[1];
      if (id.includes(' as ')) return / (W|B)\/new as /.test(id);
      const [, to] = id.includes('->') ? id.match(/-> (\w)\//) : id.match(/ (\w)$/);
      const from = id.includes('->') ? id.match(/ (\w)\/\S+ ->/)[1] : to;
      const outside = /relative (out|absolute)/.test(id);
      return (
        WRITES[grant].includes(to) &&
        (id.includes('relative empty') || outside
          ? grant === 'root folder' || id.includes('relative empty')
          : READS[grant].includes(from) && WRITES[grant].includes(from))
      );
    }),
    because: 'Node refuses symlink unless all of fs is granted; permit lets a link be made where a hard link may be.',
    section: 'head, 3',
  },
  {
    area: 'fs',
    is: 'looser',
    kind: 'allowed here',
    row: /^symlink/,
    when: both(
      blind,
      ({ permit, bare }) =>
        permit.code === bare.code && permit.message === bare.message && /^ERR_INVALID_/.test(permit.code),
    ),
    because: 'Node refuses symlink before it looks at the arguments; permit lets Node say that they are no paths.',
    section: '3',
  },

  // Better: Node refuses as well, and says less or says it in the wrong place.
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /./,
    when: both(only('message'), plainer),
    because: 'Errors that Node makes in JavaScript (lstat and what calls it) leave the flag out of the message.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /^(FileHandle\.|f\w+\(|symlink|cp\(link|writeFile|appendFile|FileHandle)/,
    when: both(only('message', 'permission', 'resource'), blind, named),
    because: 'Where Node refuses blindly it leaves permission and resource empty; permit names both.',
    section: '3, 4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /^rm\(recursive.* (callback|promise)/,
    when: both(only('how'), ({ oracle }) => oracle.how === 'uncaught'),
    because: 'Node crashes the process on a refused recursive rm; permit delivers the error where the API promises it.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /^cp\(/,
    when: both(
      only('message', 'permission', 'resource', 'left'),
      named,
      ({ oracle, permit }) => oracle.how === permit.how && oracle.permission !== '',
    ),
    because:
      'permit checks both ends of a copy before it begins, so it names the end that is refused, and no part of the copy is left behind.',
    section: '4',
  },

  // Stricter on purpose.
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^mkdir\(\{"recursive":true\}\) (callback|promise) \S+ as dotdot missing/,
    because:
      'Node makes the missing folder and goes up from it; while the call waits the program can put a link there, and up from a link is anywhere.',
    section: '5',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^(realpath\((buffer)?\) sync|realpath\(\) sync)/,
    because: "Node's realpathSync tells about files that may not be read.",
    section: '4',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^rm\(/,
    when: ({ permit }) => permit.permission === 'FileSystemWrite',
    because:
      'permit asks for write before rm looks at what is there, so a refused rm does not tell what exists or what it is.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^cp\(/,
    when: named,
    because: 'permit checks both ends of a copy before it begins, so a refused cp does not tell what exists.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^rm\(recursive,force,retries\) sync/,
    when: ({ permit }) => permit.permission === 'FileSystemRead',
    because: 'rm reads what it deletes; Node asks for read in the other flavours and forgets it in this one.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^rmdir\(recursive\)/,
    when: ({ permit, oracle }) => oracle.code === 'ERR_INVALID_ARG_VALUE' && permit.how !== 'uncaught',
    because: 'Node 26 no longer has a recursive rmdir; permit guards it as rm, before Node says so.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^open\(O_TMPFILE bit alone\)/,
    when: ({ permit }) => permit.permission === 'FileSystemWrite',
    because: 'Half of O_TMPFILE is an error to the kernel; permit takes any bit that makes files as a wish to write.',
    section: '5',
  },

  {
    area: 'fs',
    is: 'stricter',
    kind: 'otherwise',
    row: /^rm\(recursive,force,retries\) sync/,
    when: both(only('permission', 'message'), ({ permit }) => permit.permission === 'FileSystemRead'),
    because: 'rm reads what it deletes, so read is asked for first; Node forgets it in this flavour.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'disturbed',
    row: /^process\.loadEnvFile sync B\/\.env as (uint8|shared uint8)/,
    nodes: [20],
    because:
      'Node 20 makes a path of the numbers of a Uint8Array; permit hands on the text of its bytes, as later Nodes read it.',
    section: '5',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'disturbed',
    row: /^enableCompileCache/,
    when: only('value', 'left'),
    because:
      'Compiled code is bytecode, which V8 runs without a check: whoever may write the cache needs the scope of addons.',
    section: '5',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^process\.chdir .* as nul/,
    because: 'A path with a NUL byte is no path; Node cuts it there.',
    section: '2',
  },
  {
    area: 'fs',
    is: 'stricter',
    kind: 'refused here',
    row: /^watch\(recursive\) .* as/,
    when: named,
    because: 'A recursive watch is refused before Node 26 looks at the type of the path.',
    section: '4',
  },

  // A listed limit: package.json is read inside Node.
  {
    area: 'fs',
    is: 'looser',
    kind: 'otherwise',
    row: /^require\(folder\)/,
    when: both(
      only('resource'),
      ({ permit }) => permit.code === 'ERR_ACCESS_DENIED' && permit.permission === 'FileSystemRead',
    ),
    because:
      'Node reads package.json where no hook sees it: the file that its main names is refused instead of package.json itself.',
    section: '5',
  },

  // Shapes of arguments.
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /^watch\(recursive\) .* as/,
    when: only('resource'),
    because: 'The resource is the path as the caller gave it, as in every other function.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'same',
    kind: 'otherwise',
    row: /as lone surrogate/,
    when: only('resource', 'message'),
    because: 'A lone surrogate is U+FFFD in the resource, as in the errors that Node makes in C++.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'otherwise',
    row: /^(lstat|rm|cp)\(.* as .*(uint8|not utf8)/,
    when: both(
      only('resource', 'message'),
      ({ oracle, permit }) => typeof oracle.resource === 'object' && typeof permit.resource === 'string',
    ),
    because: 'Where Node checks in JavaScript it gives a Uint8Array as resource; permit gives the path.',
    section: '4',
  },
  {
    area: 'fs',
    is: 'better',
    kind: 'not held back',
    row: /^readdir\(\{"recursive":true\}\)/,
    when: ({ oracle, permit, bare }) =>
      oracle.code === 'ERR_INVALID_ARG_TYPE' &&
      permit.how === bare.how &&
      permit.code === bare.code &&
      permit.value === bare.value,
    because:
      "Node's model breaks a recursive readdir of a Buffer; permit leaves it as this Node has it without a policy.",
    section: '5',
  },
  {
    area: 'fs',
    is: 'same',
    kind: 'disturbed',
    row: /./,
    when: both(only('message'), ({ permit }) => permit.code === 'ERR_INVALID_ARG_TYPE'),
    because:
      'The same error about a wrong type, worded otherwise: permit hands on a private copy or reads the path first.',
    section: '5',
  },

  // The network. Node's model knows one bit of it; permit names host and port.
  {
    area: 'net',
    is: 'better',
    kind: 'otherwise',
    row: /listen/,
    when: both(
      only('how', 'resource', 'message'),
      ({ oracle, permit }) => oracle.how === 'uncaught' && permit.how === 'event',
    ),
    because: 'Node crashes the process on a refused listen(port, host); permit delivers an error event.',
    section: '4',
  },
  {
    area: 'net',
    is: 'better',
    kind: 'otherwise',
    row: /^dns\.lookupService/,
    when: both(
      only('how', 'permission', 'resource'),
      ({ oracle, permit }) => oracle.how === 'callback-sync' && permit.how === 'callback',
    ),
    because:
      'Node calls back before lookupService returns; permit calls back later, as the function does when it is granted.',
    section: '4',
  },
  {
    area: 'net',
    is: 'better',
    kind: 'otherwise',
    row: /./,
    when: both(
      only('permission', 'resource', 'message'),
      ({ oracle, permit }) => permit.permission === 'Net' && permit.resource && !oracle.resource,
    ),
    because:
      'Node leaves permission and resource off network errors (or gives an empty resource); permit names the host and port.',
    section: '4',
  },
  {
    area: 'net',
    is: 'better',
    kind: 'otherwise',
    row: /unix|abstract|^raw/,
    when: both(
      only('resource'),
      ({ oracle, permit }) =>
        permit.resource === `unix:${oracle.resource}` || permit.resource.startsWith(`${oracle.resource}:`),
    ),
    because: 'The resource of a socket is unix:/path or host:port, as in the flag that grants it.',
    section: '2',
  },
  {
    area: 'net',
    is: 'better',
    kind: 'otherwise',
    row: /^net\.connect localAddress/,
    when: both(
      only('how', 'resource', 'message'),
      ({ oracle, permit }) => oracle.how === 'uncaught' && permit.how === 'event',
    ),
    because: 'Node crashes the process on a refused local address; permit delivers an error event.',
    section: '4',
  },
  {
    area: 'net',
    is: 'stricter',
    kind: 'refused here',
    row: /^dgram addMembership unbound/,
    because: 'Joining a group binds a socket that is not bound, to a port on every address.',
    section: '5',
  },
  {
    area: 'net',
    is: 'stricter',
    kind: 'refused here',
    row: /\(\{fd\}\)$/,
    because: 'Taking over a descriptor is refused before Node looks at what it is.',
    section: '6',
  },

  // Other programs and threads.
  {
    area: 'process',
    is: 'better',
    kind: 'otherwise',
    row: /Worker/,
    when: both(
      only('resource'),
      ({ oracle, permit }) => oracle.resource === '' && /^(\$T|file:|data:)/.test(permit.resource),
    ),
    because: 'Node leaves the resource of a refused Worker empty; permit names its file.',
    section: '2, 4',
  },
  {
    area: 'process',
    is: 'stricter',
    kind: 'refused here',
    row: /^Worker (no argument|relative name|without new)/,
    because: 'A refused Worker is refused before its arguments are looked at.',
    section: '6',
  },

  // Addons, WASI, the inspector and the rest.
  {
    area: 'powers',
    is: 'better',
    kind: 'otherwise',
    row: /dlopen|\.node\)|_extensions\[\.node/,
    when: ({ oracle, permit }) =>
      oracle.code === 'ERR_DLOPEN_DISABLED' &&
      permit.code === 'ERR_ACCESS_DENIED' &&
      permit.permission === 'Addon' &&
      permit.how === oracle.how,
    because: 'Node says that addons are disabled; permit says ERR_ACCESS_DENIED, Addon and the path.',
    section: '4',
  },
  {
    area: 'powers',
    is: 'better',
    kind: 'otherwise',
    row: /^(crypto\.setEngine|tls (clientCert|privateKey)Engine)/,
    when: ({ oracle, permit }) =>
      oracle.code === 'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED' &&
      permit.code === 'ERR_ACCESS_DENIED' &&
      permit.permission === 'Addon' &&
      permit.how === oracle.how,
    because:
      'An OpenSSL engine is native code: refused with the code, the permission and the resource of an addon, whatever is granted.',
    section: 'head, 4',
  },
  {
    area: 'powers',
    is: 'better',
    kind: 'otherwise',
    row: /^sqlite allowExtension/,
    when: ({ oracle, permit }) =>
      oracle.code === 'ERR_LOAD_SQLITE_EXTENSION' &&
      permit.code === 'ERR_ACCESS_DENIED' &&
      permit.permission === 'Addon',
    because: 'A refused SQLite extension is a refused addon: same code, permission and a resource.',
    section: 'head, 4',
  },
  {
    area: 'powers',
    is: 'better',
    kind: 'otherwise',
    row: /./,
    when: both(only('message'), plainer),
    because: 'Errors that Node makes in JavaScript leave the flag out of the message.',
    section: '4',
  },
  {
    area: 'powers',
    is: 'absent',
    kind: 'allowed here',
    row: /^import\(\.node\)/,
    nodes: [20, 22],
    when: ({ permit }) => permit.code === 'ERR_UNKNOWN_FILE_EXTENSION',
    because: 'This Node cannot import an addon.',
    section: 'head',
  },
  {
    area: 'powers',
    is: 'stricter',
    kind: 'refused here',
    row: /^process\._debugProcess/,
    because: 'It opens the inspector of another process.',
    section: '6',
  },
  {
    area: 'powers',
    is: 'stricter',
    kind: 'refused here',
    row: /^Session\.connectToMainThread/,
    because: 'A refused class is refused before its arguments and its thread are looked at.',
    section: '5',
  },
  {
    area: 'powers',
    is: 'stricter',
    kind: 'refused here',
    row: /^ffi\.(dlsym|dlclose)$/,
    when: ({ permit }) => permit.permission === 'FFI',
    because: 'permit asks before Node looks at the library that was handed in.',
    section: '5',
  },
  {
    area: 'powers',
    is: 'stricter',
    kind: 'refused here',
    row: /^sqlite (open|Database|attach|vacuum into|backup) ungranted/,
    when: ({ permit }) => /^FileSystem/.test(permit.permission),
    because: 'Node does not hold node:sqlite to the grants for files.',
    section: '5',
  },

  // has and drop. `model` is what model.mjs says, which knows DESIGN and neither Node nor permit.
  {
    area: 'permission',
    is: 'looser',
    kind: 'allowed here',
    row: /has\("(addons|env|net\.connect|net\.listen)"/,
    when: ({ model }) => model === undefined,
    because: 'Scopes that Node 26.12 does not know, and answers false for.',
    section: '3',
  },
  {
    area: 'permission',
    is: 'looser',
    kind: 'allowed here',
    row: /has\("(net|child)", /,
    when: ({ model }) => model === undefined,
    because:
      'A drop by host or program takes that one away; Node drops the whole scope. (`model` is undefined only between such a drop and a whole one.)',
    section: '3',
  },
  {
    area: 'permission',
    is: 'better',
    kind: 'allowed here',
    row: /has\("fs\.(read|write)"/,
    when: ({ model }) => model === true,
    because: 'Node loses the base of a granted folder when another grant splits its radix tree there (gaps G19).',
    section: '2',
  },
  {
    area: 'permission',
    is: 'stricter',
    kind: 'refused here',
    row: /has\("fs(\.read|\.write)?"/,
    when: ({ model }) => model === false,
    because: 'A drop that Node silently ignores holds; a path with a NUL byte is no path.',
    section: '2, 3',
  },
  {
    area: 'permission',
    is: 'stricter',
    kind: 'refused here',
    row: /\\u0000/,
    because: 'A reference with a NUL byte names nothing, in any scope.',
    section: '2',
  },

  // permit calls the native function itself.
  {
    area: 'process',
    is: 'same',
    kind: 'disturbed',
    row: /^process\.execve/,
    when: both(only('message'), ({ permit, bare }) => permit.how === 'died' && bare.how === 'died'),
    because:
      "On Node 22 and 24 a failed execve ends the process, and prints the line that called it: permit's, whose arrays no program can change.",
    section: '5',
  },
];
