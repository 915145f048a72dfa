'use strict';
// permit asked `process.report` itself where Node will write a report. A program hides such a
// setting behind a property of its own: permit read that, and Node wrote where the setting says.
// permit reads the settings of Node, past what stands on the object.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}/report.json
// Refused: FileSystemWrite ${D}/report.2*
// Control: --allow-fs-write=${D}
// Alone: the settings of the report are of the process
const attempt = require('../helpers/attempt.js');
const { report } = process;

const set = ({ D }) => {
  report.directory = D;
  report.filename = 'report.json';
};
const hide = (name, value) => Object.defineProperty(report, name, { configurable: true, value });
const fails = () => {
  setImmediate(() => { throw new Error('nobody catches this'); });
  return new Promise((resolve) => { setTimeout(resolve, 300); });
};

attempt({
  'a name that says it is the console': (place) => {
    set(place);
    hide('filename', 'stderr');
    report.reportOnUncaughtException = true;
    return fails();
  },
  'a folder that is granted': (place) => {
    set(place);
    hide('directory', place.A);
    report.reportOnUncaughtException = true;
    return fails();
  },
  'a switch that says it is off': (place) => {
    process.chdir(place.A);
    report.reportOnUncaughtException = true;
    hide('reportOnUncaughtException', false);
    set(place);
    return fails();
  },
  'an accessor that says it is the console': (place) => {
    set(place);
    Object.defineProperty(report, 'filename', { get: () => 'stdout', set() {} });
    report.reportOnUncaughtException = true;
    return fails();
  },
  'a report that is asked for': (place) => {
    process.chdir(place.A);
    set(place);
    hide('directory', place.A);
    return report.writeReport('report.json');
  },
});
