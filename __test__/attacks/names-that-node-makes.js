'use strict';
// Node makes names of its own for heap snapshots and reports, with the time in them. permit asked
// about the folder alone, and a denial with a pattern did not count. permit asks about such a name,
// and refuses where a denial names something in the folder, because it cannot know the name.
// Policy: --allow-fs-read=${D} --allow-fs-write=${D}
// Policy: --deny-fs-write=${D}/*.heapsnapshot --deny-fs-write=${D}/report.2*
// Takes: a change of ${D}
// Refused: FileSystemWrite Heap.*
// Refused: FileSystemWrite report.2*
// Refused: FileSystemWrite ${D}/report.2*
// Control: only --allow-fs-read=${D} --allow-fs-write=${D}
// Started: --max-old-space-size=24
// Alone: the working directory is of the process
const attempt = require('../helpers/attempt.js');
const v8 = require('node:v8');
const { report } = process;

attempt({
  'v8.writeHeapSnapshot': ({ D }) => {
    process.chdir(D);
    return v8.writeHeapSnapshot();
  },
  'v8.writeHeapSnapshot with options': ({ D }) => {
    process.chdir(D);
    return v8.writeHeapSnapshot(undefined, { exposeInternals: true });
  },
  'v8.setHeapSnapshotNearHeapLimit': ({ D }) => {
    process.chdir(D);
    v8.setHeapSnapshotNearHeapLimit(1);
    for (const all = []; ;) all.push(new Array(1e5).fill(all.length));
  },
  'process.report.writeReport': ({ D }) => {
    process.chdir(D);
    return report.writeReport();
  },
  'process.report.writeReport with an empty name': ({ D }) => {
    process.chdir(D);
    return report.writeReport('');
  },
  'process.report.writeReport with an error': ({ D }) => {
    process.chdir(D);
    return report.writeReport(new Error('of the program'));
  },
  'a folder for reports': ({ D }) => {
    process.chdir(D);
    report.directory = D;
    return report.writeReport();
  },
  'a report by itself': ({ D }) => {
    report.directory = D;
    report.reportOnUncaughtException = true;
    setImmediate(() => { throw new Error('nobody catches this'); });
    return new Promise((resolve) => { setTimeout(resolve, 300); });
  },
});
