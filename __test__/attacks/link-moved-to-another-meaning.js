'use strict';
// A relative link can be made where what it names is granted. It is then moved to where the same text
// leads out, by itself or in a folder. There it serves whatever follows links without a question of
// its own: an `open` with O_PATH follows one where O_EXCL says that it does not. permit asks about a
// link that is moved, or that gets another name, as about one that is made at its new place.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Refused: FileSystemRead ../denied/secret
// Refused: FileSystemRead ../../../denied/secret
// Refused: FileSystemWrite sub/hop/../../denied/secret
// Refused: FileSystemWrite hop/../../denied/secret
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: folder ${A}/denied
// Given: file ${A}/denied/secret holding granted
// Given: folder ${A}/sub/denied
// Given: file ${A}/sub/denied/secret holding granted
// Given: link ${A}/here to .
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const OUT = '../denied/secret';
const O_PATH = 0x20_0000;

/** The time of what a link leads to, by a descriptor that can do nothing but tell it. */
const look = (link) => {
  const descriptor = fs.openSync(link, O_PATH | fs.constants.O_CREAT | fs.constants.O_EXCL);
  return fs.fstatSync(descriptor).mtimeMs / 1000;
};
/** Makes a link where it leads to a granted file, and has it moved to the folder above. */
const moved = (move, to = 'moved') => async ({ A }) => {
  fs.symlinkSync(OUT, `${A}/sub/link`);
  await move(`${A}/sub/link`, `${A}/${to}`);
  return look(`${A}/${to}`);
};
/** Makes a link in a folder, which is moved to the one above with it. */
const movedWithin = (move) => async ({ A }) => {
  fs.mkdirSync(`${A}/sub/one/two`, { recursive: true });
  fs.symlinkSync(`../../${OUT}`, `${A}/sub/one/two/link`);
  await move(`${A}/sub/one`, `${A}/one`);
  return look(`${A}/one/two/link`);
};
const promised = (call) => (from, to) => attempt.called((done) => call(from, to, done));

attempt({
  renameSync: moved(fs.renameSync),
  rename: moved(promised(fs.rename)),
  'promises.rename': moved(fs.promises.rename),
  'renameSync of bytes': moved((from, to) => fs.renameSync(Buffer.from(from), new TextEncoder().encode(to))),
  'renameSync by relative paths': moved((from, to) => {
    process.chdir(from.slice(0, -'/sub/link'.length));
    fs.renameSync('sub/link', to.split('/').at(-1));
  }),
  'renameSync to a file that is there': moved(fs.renameSync, 'file'),
  'renameSync to a folder by its link': moved(fs.renameSync, 'here/moved'),
  linkSync: moved(fs.linkSync),
  link: moved(promised(fs.link)),
  'promises.link': moved(fs.promises.link),
  'linkSync to a folder by its link': moved(fs.linkSync, 'here/moved'),
  'renameSync of its folder': movedWithin(fs.renameSync),
  'rename of its folder': movedWithin(promised(fs.rename)),
  'promises.rename of its folder': movedWithin(fs.promises.rename),
  'two moves': ({ A }) => {
    fs.mkdirSync(`${A}/sub/sub`);
    fs.mkdirSync(`${A}/sub/sub/denied`);
    fs.symlinkSync(OUT, `${A}/sub/sub/link`);
    fs.renameSync(`${A}/sub/sub/link`, `${A}/sub/link`);
    fs.renameSync(`${A}/sub/link`, `${A}/moved`);
    return look(`${A}/moved`);
  },
  'a folder in its text that becomes a link': ({ A }) => {
    fs.mkdirSync(`${A}/sub/hop`);
    fs.symlinkSync(`sub/hop/../../${OUT.slice(3)}`, `${A}/link`);
    fs.rmdirSync(`${A}/sub/hop`);
    fs.symlinkSync(`${A}/sub`, `${A}/sub/hop`);
    return look(`${A}/link`);
  },
  'a link in its text that leads to another folder': ({ A }) => {
    fs.mkdirSync(`${A}/sub/hop`);
    fs.symlinkSync('sub/hop', `${A}/hop`);
    fs.symlinkSync(`hop/../../${OUT.slice(3)}`, `${A}/link`);
    fs.unlinkSync(`${A}/hop`);
    fs.symlinkSync('sub', `${A}/hop`);
    return look(`${A}/link`);
  },
});
