'use strict';
// The main thread can change the working directory while a worker is in a call. Then a relative
// path means one file when permit is asked, and another when native code opens it. The race is too
// rare to be run here. Its cause is shown instead: the worker names what is granted, from a folder
// that the main thread chose before. permit refuses relative paths that it cannot replace, as those
// in SQL and of reports, and makes the others absolute.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Policy: --allow-net-listen=unix:${A}/made
// Takes: a change of ${A}
// Refused: FileSystem
// Control: --allow-fs-read=* --allow-fs-write=* --allow-net
// Node: >=22 for ATTACH, VACUUM INTO, + a database: Node 20 has no node:sqlite
// Given: file ${A}/env holding VALUE=got
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** Evaluates an expression on a worker, after a change of the working directory. */
const from = (place, expression) => {
  process.chdir(place.A);
  return attempt.thread(new Worker(attempt.program(expression, place), { eval: true }));
};
const SQLITE = "require('node:sqlite').DatabaseSync";
const sql = (text) => `new (${SQLITE})(':memory:').exec("${text}")`;
/** An expression that also looks whether the file is where it was to be. */
const made = (expression) => `(${expression}, fs.statSync(place.A + '/made').size)`;

attempt({
  ATTACH: (place) => from(place, sql("ATTACH 'made' AS other; CREATE TABLE other.t (x)")),
  'VACUUM INTO': (place) => from(place, sql("VACUUM INTO 'made'")),
  'process.report': (place) => from(place, "process.report.writeReport('made')"),
  'a heap snapshot without a name': (place) => from(place, "require('v8').writeHeapSnapshot()"),
  'a socket': (place) => from(place, `new Promise((resolve, reject) => {
    const server = require('net').createServer().on('error', reject);
    server.listen('made', () => resolve('listening'));
  })`),
  '+ a file': (place) => from(place, made("fs.writeFileSync('made', '')")),
  '+ a heap snapshot': (place) => from(place, made("require('v8').writeHeapSnapshot('made')")),
  '+ a database': (place) => {
    return from(place, made(`new (${SQLITE})('made').exec('CREATE TABLE t (x)')`));
  },
  '+ a file of variables': (place) => {
    return from(place, "(process.loadEnvFile('env'), process.env.VALUE.trim())");
  },
});
