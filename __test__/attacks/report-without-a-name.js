'use strict';
// `process.report.writeReport('')` takes the name of the report from the settings, as it does
// without a name. permit looked at the name that was given, which was empty, and asked about the
// folder. permit asks about the file of the settings where no name, or an empty one, is given.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${A}/../denied/report.json
// Refused: FileSystemWrite ${A}/sub/../../denied/report.json
// Refused: FileSystemWrite ${D}/report.json
// Control: --allow-fs-write=${D}
// Alone: the settings of the report are of the process
const attempt = require('../helpers/attempt.js');
const { report } = process;

const settings = ({ A }) => {
  process.chdir(A);
  report.directory = A;
  report.filename = '../denied/report.json';
};

attempt({
  'an empty name': (place) => {
    settings(place);
    return report.writeReport('');
  },
  'an empty name and an error': (place) => {
    settings(place);
    return report.writeReport('', new Error('of the program'));
  },
  'an error': (place) => {
    settings(place);
    return report.writeReport(new Error('of the program'));
  },
  'no name': (place) => {
    settings(place);
    return report.writeReport();
  },
  'no name and an error': (place) => {
    settings(place);
    return report.writeReport(undefined, new Error('of the program'));
  },
  'an empty name, and a folder below': ({ A }) => {
    process.chdir(A);
    report.directory = `${A}/sub`;
    report.filename = '../../denied/report.json';
    return report.writeReport('');
  },
  'an empty name, without a folder': ({ A, D }) => {
    process.chdir(A);
    report.directory = '';
    report.filename = `${D}/report.json`;
    return report.writeReport('');
  },
  'an empty name, in a folder that is denied': ({ A, D }) => {
    process.chdir(A);
    report.directory = D;
    report.filename = 'report.json';
    return report.writeReport('');
  },
});
