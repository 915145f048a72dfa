'use strict';
// A folder can be granted without what is in it, and the other way round a pattern can grant some of
// its files. Where it may be renamed, its files come along, and are read in the place that it moves
// to. permit looked for denials below a folder that is renamed. permit refuses as well where more of
// its files would be granted in the new place.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-fs-read=${D}/{} --allow-fs-write=${D}/{}
// Policy: --allow-fs-read=${D}/sub/{} --allow-fs-write=${D}/sub/{}
// Policy: --allow-fs-read=${ROOT}/part/{} --allow-fs-read=${ROOT}/part/*.pub --allow-fs-write=${ROOT}/part/*
// Takes: the secret
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${D}/sub
// Refused: FileSystemRead ${D}/
// Refused: FileSystemRead ${A}/../denied/sub
// Refused: FileSystemRead ${ROOT}/part
// Control: only --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Given: folder ${ROOT}/part
// Given: file ${ROOT}/part/open.pub holding nothing secret
// Given: hard link ${ROOT}/part/secret to ${D}/secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

const read = (path) => fs.readFileSync(path);

attempt({
  'fs.renameSync': ({ A, D }) => {
    fs.renameSync(D, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.renameSync with a slash at the end': ({ A, D }) => {
    fs.renameSync(`${D}/`, `${A}/moved/`);
    return read(`${A}/moved/secret`);
  },
  'fs.renameSync of a folder below': ({ A, D }) => {
    fs.renameSync(`${D}/sub`, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.renameSync over an empty folder': ({ A, D }) => {
    fs.mkdirSync(`${A}/moved`);
    fs.renameSync(`${D}/sub`, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.renameSync with dots': ({ A }) => {
    fs.renameSync(`${A}/../denied/sub`, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.rename': async ({ A, D }) => {
    await attempt.called((done) => fs.rename(D, `${A}/moved`, done));
    return read(`${A}/moved/secret`);
  },
  'fs.rename of bytes': async ({ A, D }) => {
    await attempt.called((done) => fs.rename(Buffer.from(D), new TextEncoder().encode(`${A}/moved`), done));
    return read(`${A}/moved/sub/secret`);
  },
  'fs.promises.rename': async ({ A, D }) => {
    await fs.promises.rename(D, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.renameSync of a folder with a pattern': ({ A, ROOT }) => {
    fs.renameSync(`${ROOT}/part`, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
  'fs.promises.rename of a folder with a pattern': async ({ A, ROOT }) => {
    await fs.promises.rename(`${ROOT}/part`, `${A}/moved`);
    return read(`${A}/moved/secret`);
  },
});
