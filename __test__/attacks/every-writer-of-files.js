'use strict';
// What was forgotten in one release or another: a function of `fs` that changes the disk and does not ask, as `chmod` and
// `chown` before Node 20.4. Here every function of the binding below `fs` either asks or is listed as harmless.
// Policy: --allow-fs-read=* --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}/secret
// Refused: FileSystemWrite ${D}/made
// Refused: FileSystemWrite ${D}/sub
// Refused: FileSystemWrite ${D}/made/deep
// Refused: FileSystemWrite ${D}/link
// Refused: FileSystemWrite ${D}/made-*
// Control: --allow-fs-write=${D}
// Node: >=24 for fs.Utf8Stream: Node 20 and 22 have none
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const { uid, gid } = fs.statSync(__filename);
const secret = ({ D }) => `${D}/secret`;
const made = ({ D }) => `${D}/made`;
/** A function of `fs` in its three flavours; `give` makes its arguments. */
const each = (name, give) => ({
  [`fs.${name}Sync`]: (place) => fs[`${name}Sync`](...give(place)),
  [`fs.${name}`]: (place) => attempt.called((done) => fs[name](...give(place), done)),
  [`fs.promises.${name}`]: (place) => fs.promises[name](...give(place)),
});

attempt({
  ...each('writeFile', (place) => [made(place), 'x']),
  ...each('appendFile', (place) => [secret(place), 'x']),
  ...each('truncate', (place) => [secret(place), 1]),
  ...each('mkdir', (place) => [made(place)]),
  ...each('mkdtemp', ({ D }) => [`${D}/made-`]),
  ...each('unlink', (place) => [secret(place)]),
  ...each('rm', (place) => [secret(place)]),
  ...each('rename', (place) => [secret(place), `${place.A}/taken`]),
  ...each('copyFile', ({ A, D }) => [`${A}/file`, `${D}/made`]),
  ...each('cp', ({ A, D }) => [`${A}/file`, `${D}/made`, {}]),
  ...each('link', ({ A, D }) => [`${A}/file`, `${D}/made`]),
  ...each('symlink', ({ A, D }) => [`${A}/file`, `${D}/made`, 'file']),
  ...each('chmod', (place) => [secret(place), 0o600]),
  ...each('chown', (place) => [secret(place), uid, gid]),
  ...each('lchown', (place) => [secret(place), uid, gid]),
  ...each('utimes', (place) => [secret(place), 1, 1]),
  ...each('lutimes', ({ D }) => [`${D}/link`, 1, 1]),
  'fs.renameSync into it': ({ A, D }) => fs.renameSync(`${A}/file`, `${D}/made`),
  'fs.mkdirSync, recursive': ({ D }) => fs.mkdirSync(`${D}/made/deep`, { recursive: true }),
  'fs.rmSync, recursive': ({ D }) => fs.rmSync(`${D}/sub`, { recursive: true }),
  'fs.rmSync, recursive and with force': ({ D }) => fs.rmSync(`${D}/sub`, { recursive: true, force: true }),
  'fs.promises.rm, recursive': ({ D }) => fs.promises.rm(`${D}/sub`, { recursive: true }),
  'fs.cpSync of a folder': ({ A, D }) => fs.cpSync(`${A}/sub`, `${D}/made`, { recursive: true }),
  'fs.promises.cp of a folder': ({ A, D }) => fs.promises.cp(`${A}/sub`, `${D}/made`, { recursive: true }),
  'fs.cpSync over what is there': ({ A, D }) => fs.cpSync(`${A}/file`, `${D}/secret`, { force: true }),
  'fs.openSync for writing': (place) => fs.openSync(made(place), 'w'),
  'fs.openSync by numbers': (place) => fs.openSync(made(place), fs.constants.O_CREAT | fs.constants.O_RDONLY),
  'fs.openSync that truncates': (place) => fs.openSync(secret(place), fs.constants.O_RDONLY | fs.constants.O_TRUNC),
  'fs.promises.open for writing': async (place) => attempt.keep(await fs.promises.open(made(place), 'wx')),
  'fs.readFileSync with flags that write': (place) => fs.readFileSync(made(place), { flag: 'a+' }),
  'fs.createWriteStream': (place) => attempt.event(fs.createWriteStream(made(place)), 'open'),
  'fs.createReadStream with flags that write': (place) => attempt.event(fs.createReadStream(made(place), { flags: 'a+' }), 'open'),
  'fs.Utf8Stream': (place) => new fs.Utf8Stream({ dest: made(place), sync: true }).write('x'),
});
