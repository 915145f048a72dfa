'use strict';
// A start without flags reads the policy in its working directory, and loads permit from the nearest
// `node_modules`. A program that may write there gives the next start its own policy or permit.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${ROOT}
// Takes: a change of ${A}
// Refused: FileSystemWrite
// Control: none: no grant lets a program make what the next start looks for
// Given: folder ${ROOT}/mine/@org/permit
// Given: file ${ROOT}/mine/policy.json holding {"permission":{"allow-net":true}}
// Given: link ${ROOT}/link to ${ROOT}/mine
// Here: ${A}
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');

attempt({
  'a policy in the working directory': () => fs.writeFileSync('node.config.json', '{}'),
  'by its absolute path': ({ A }) => fs.writeFileSync(`${A}/permit.config.json`, '{}'),
  'with comments': () => fs.appendFileSync('permit.config.jsonc', '{}'),
  'a policy that is moved there': ({ ROOT }) => fs.renameSync(`${ROOT}/mine/policy.json`, 'node.config.json'),
  'a copy': ({ ROOT }) => fs.copyFileSync(`${ROOT}/mine/policy.json`, 'node.config.json'),
  'a hard link': ({ ROOT }) => fs.linkSync(`${ROOT}/mine/policy.json`, 'node.config.json'),
  'a link': ({ ROOT }) => fs.symlinkSync(`${ROOT}/mine/policy.json`, 'node.config.json'),
  'a folder of that name': () => fs.mkdirSync('node.config.json'),
  'a nearer package': () => fs.mkdirSync('node_modules/@org/permit', { recursive: true }),
  'a library that is looked for first': () => fs.mkdirSync('node_modules/@org/permit-linux-x64-gnu', { recursive: true }),
  'packages that are moved there': ({ ROOT }) => fs.renameSync(`${ROOT}/mine`, 'node_modules'),
  'a link to packages': ({ ROOT }) => fs.symlinkSync(`${ROOT}/mine`, 'node_modules'),
  'a link that is moved there': ({ ROOT }) => fs.renameSync(`${ROOT}/link`, 'node_modules'),
});
