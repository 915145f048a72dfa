'use strict';
// No hole of Node's, which has no second policy: one that is only recorded grants what the enforced one does not, and the
// program takes its word for it, or rewrites it. Here it is asked and never heeded, and its file is never written.
// Policy: --allow-fs-read=${A} --allow-fs-write=${ROOT}/../second.json --allow-worker --allow-child-process --report-only=${ROOT}/../second.json
// Takes: the secret
// Takes: a change of ${ROOT}/../second.json
// Refused: FileSystemRead ${D}/secret
// Refused: FileSystemWrite ${ROOT}/../second.json
// Control: none: the way to grant a path is in the policy that is enforced, as every other attack shows
// Given: file ${ROOT}/../second.json holding {"permission":{"allow-fs-read":["*"],"allow-fs-write":["*"]}}
// Alone: all ways have one second policy
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');
const { Worker } = require('node:worker_threads');

const reads = "fs.readFileSync(place.D + '/secret', 'utf8')";

attempt({
  'by itself': ({ D }) => fs.readFileSync(`${D}/secret`, 'utf8'),
  'in a thread': (place) => attempt.thread(new Worker(attempt.program(reads, place), { eval: true })),
  'in a child': (place) => attempt.heard(spawnSync(process.execPath, ['-e', attempt.program(reads, place)]).stdout),
  'the policy rewritten': ({ ROOT }) => fs.writeFileSync(`${ROOT}/../second.json`, '{}'),
  'the policy added to': ({ ROOT }) => fs.appendFileSync(`${ROOT}/../second.json`, ' '),
});
