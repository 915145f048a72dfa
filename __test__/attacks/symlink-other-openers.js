'use strict';
// Links lead also those who open files past `fs`: the loader of addons, SQLite, workers, reports, heap snapshots. Here each asks
// for what its path really names.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker --allow-addons=${A}
// Takes: the secret
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/folder/made.db
// Refused: FileSystemWrite ${A}/folder/heap
// Refused: FileSystemWrite ${A}/folder/report.json
// Refused: FileSystemRead ${A}/folder/worker.js
// Control: --allow-fs-read=* --allow-fs-write=*
// Given: link ${A}/folder to ${D}
// Given: file ${D}/worker.js holding require('worker_threads').parentPort.postMessage({ got: require('./secret.js') });
// Node: >=22 for node:sqlite: Node 20 has none
const attempt = require('../helpers/attempt.js');
const v8 = require('node:v8');
const { Worker } = require('node:worker_threads');

attempt({
  'node:sqlite': ({ A }) => new (require('node:sqlite').DatabaseSync)(`${A}/folder/made.db`).exec('CREATE TABLE t (a)'),
  'v8.writeHeapSnapshot': ({ A }) => v8.writeHeapSnapshot(`${A}/folder/heap`),
  'process.report.writeReport': ({ A }) => process.report.writeReport(`${A}/folder/report.json`),
  'a worker': ({ A }) => attempt.thread(new Worker(`${A}/folder/worker.js`)),
});
