'use strict';
// The settings of `process.report` are the process's: a worker changes them for the main thread. It can
// do so between permit's question about the file of a report and the moment when Node writes it. permit
// refuses the settings to workers, unless every file may be written.
// Policy: --allow-fs-read=${ROOT} --allow-fs-write=${A} --allow-worker
// Takes: a change of ${D}
// Refused: FileSystemWrite process.report.directory
// Refused: FileSystemWrite process.report.filename
// Control: --allow-fs-write=*
// Alone: the settings of the report are of the process
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** Has a worker change a setting, and then writes a report. */
const set = async (place, expression, name) => {
  process.chdir(place.A);
  await attempt.thread(new Worker(attempt.program(expression, place), { eval: true }));
  return process.report.writeReport(...name);
};

attempt({
  directory: (place) => set(place, 'process.report.directory = place.D', ['made.json']),
  'directory, and no name': (place) => set(place, 'process.report.directory = place.D', []),
  'directory, by its setter': (place) =>
    set(place, "Reflect.set(process.report, 'directory', place.D)", ['made.json']),
  'directory, in a worker of the worker': (place) => {
    const inner = attempt.program('process.report.directory = place.D', place);
    const outer = `new Promise((resolve, reject) => {
      const worker = new threads.Worker(${JSON.stringify(inner)}, { eval: true });
      worker.on('error', reject).on('message', (said) => (said.code ? reject(said) : resolve(said.got)));
    })`;
    return set(place, outer, ['made.json']);
  },
  filename: (place) => set(place, "(process.report.filename = '../denied/made.json')", []),
});
