'use strict';
// What was forgotten in one release or another: a function of `fs` that reads and does not ask. Here every function of the
// binding below `fs` either asks or is listed as harmless, and one that nobody knows refuses.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: the secret
// Takes: a change of ${A}
// Takes: an answer
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemRead ${D}
// Refused: FileSystemRead ${D}/link
// Refused: FileSystemRead ${D}/secret.env
// Control: --allow-fs-read=*
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

const path = ({ D }) => `${D}/secret`;
const both = (name, ...rest) => ({
  [`fs.${name}Sync`]: (place) => fs[`${name}Sync`](path(place), ...rest),
  [`fs.${name}`]: (place) => attempt.called((done) => fs[name](path(place), ...rest, done)),
  [`fs.promises.${name}`]: (place) => fs.promises[name](path(place), ...rest),
});

attempt({
  ...both('readFile'),
  ...both('stat'),
  ...both('access'),
  'fs.existsSync': (place) => {
    // It tells nothing, and does not throw.
    if (fs.existsSync(path(place))) return true;
    throw Object.assign(new Error(), { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead', resource: path(place) });
  },
  'fs.accessSync': (place) => fs.accessSync(path(place)) ?? 'there',
  'fs.promises.access': (place) => fs.promises.access(path(place)).then(() => 'there'),
  'fs.readFileSync of a URL': (place) => fs.readFileSync(pathToFileURL(path(place))),
  'fs.openSync': (place) => fs.readFileSync(fs.openSync(path(place))),
  'fs.openSync by a number': (place) => fs.readFileSync(fs.openSync(path(place), fs.constants.O_RDONLY)),
  'fs.opendirSync': ({ D }) => fs.opendirSync(D),
  'fs.opendir': ({ D }) => attempt.called((done) => fs.opendir(D, done)),
  'fs.promises.opendir': ({ D }) => fs.promises.opendir(D),
  'fs.readdirSync': ({ D }) => fs.readdirSync(D),
  'fs.readdirSync, recursive': ({ D }) => fs.readdirSync(D, { recursive: true }),
  'fs.readdirSync with types': ({ D }) => fs.readdirSync(D, { withFileTypes: true }),
  'fs.readlinkSync': ({ D }) => fs.readlinkSync(`${D}/link`),
  'fs.readlink': ({ D }) => attempt.called((done) => fs.readlink(`${D}/link`, done)),
  'fs.promises.readlink': ({ D }) => fs.promises.readlink(`${D}/link`),
  'fs.copyFileSync': ({ A, D }) => fs.copyFileSync(`${D}/secret`, `${A}/copy`),
  'fs.copyFile': ({ A, D }) => attempt.called((done) => fs.copyFile(`${D}/secret`, `${A}/copy`, done)),
  'fs.promises.copyFile': ({ A, D }) => fs.promises.copyFile(`${D}/secret`, `${A}/copy`),
  'fs.cpSync': ({ A, D }) => fs.cpSync(`${D}/secret`, `${A}/copy`),
  'fs.cpSync of a folder': ({ A, D }) => fs.cpSync(D, `${A}/copy`, { recursive: true }),
  'fs.cp': ({ A, D }) => attempt.called((done) => fs.cp(`${D}/secret`, `${A}/copy`, done)),
  'fs.promises.cp': ({ A, D }) => fs.promises.cp(D, `${A}/copy`, { recursive: true }),
  'fs.createReadStream': (place) => attempt.event(fs.createReadStream(path(place)), 'data'),
  'process.loadEnvFile': ({ D }) => {
    process.loadEnvFile(`${D}/secret.env`);
    return process.env.SECRET;
  },
});
