'use strict';
// Without a number: until Node 24.19 and 26.6 `v8.setHeapSnapshotNearHeapLimit` had Node write the whole heap into the working
// directory when memory runs short. Here it asks for write at once, as does `v8.writeHeapSnapshot`.
// Policy: --allow-fs-read=${D}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}*
// Refused: FileSystemWrite ${A}/../denied/heap
// Control: --allow-fs-write=${D}
// Started: --max-old-space-size=24
const attempt = require('../helpers/attempt.js');
const v8 = require('node:v8');

attempt({
  'v8.writeHeapSnapshot': ({ D }) => v8.writeHeapSnapshot(`${D}/heap`),
  'v8.writeHeapSnapshot with dots': ({ A }) => v8.writeHeapSnapshot(`${A}/../denied/heap`),
  'v8.writeHeapSnapshot without a name': ({ D }) => {
    process.chdir(D);
    return v8.writeHeapSnapshot();
  },
  'v8.setHeapSnapshotNearHeapLimit': ({ D }) => {
    process.chdir(D);
    v8.setHeapSnapshotNearHeapLimit(1);
    for (const all = []; ;) all.push(new Array(1e5).fill(all.length));
  },
});
