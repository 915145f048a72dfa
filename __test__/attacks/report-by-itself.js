'use strict';
// Beside CVE-2026-58039: Node also writes reports by itself, on a signal and on an error that nobody catches, to a place
// that the program chooses before. Here such a setting is refused where the report would be.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemWrite ${D}*
// Control: --allow-fs-write=${D}
// Alone: the settings of the report are of the process
const attempt = require('../helpers/attempt.js');
const { report } = process;

attempt({
  'on a signal': async ({ D }) => {
    report.directory = D;
    report.filename = 'report.json';
    report.signal = 'SIGUSR2';
    report.reportOnSignal = true;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    process.kill(process.pid, 'SIGUSR2');
    return new Promise((resolve) => { setTimeout(resolve, 300); });
  },
  'on an error that nobody catches': ({ D }) => {
    report.directory = D;
    report.filename = 'report.json';
    report.reportOnUncaughtException = true;
    setImmediate(() => { throw new Error('nobody catches this'); });
    return new Promise((resolve) => { setTimeout(resolve, 300); });
  },
  'the settings in another order': ({ A, D }) => {
    process.chdir(A);
    report.reportOnUncaughtException = true;
    report.filename = 'report.json';
    report.directory = D;
    setImmediate(() => { throw new Error('nobody catches this'); });
    return new Promise((resolve) => { setTimeout(resolve, 300); });
  },
});
