'use strict';
// The test runner of Node writes coverage without a hook, into a folder that it has from
// `fs.mkdtempSync`. A program can replace that function. In a worker permit did not see the runner
// start the coverage. permit lets it start only where every file may be written. The runner tells
// the refusal as a warning.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-worker
// Takes: a change of ${D}
// Refused: FileSystemWrite
// Node: >=24 for run() in the process, run() in a worker: the run() of Node 20 and 22 writes none
// Control: --allow-fs-read=* --allow-fs-write=*
// Alone: coverage is of the process
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** Throws the refusal that the runner told. */
const judge = (text) => {
  const warning = /could not be enabled\. Error: Access .* restricted\. Use --allow-fs-write /;
  if (!warning.test(text)) return text;
  const refusal = { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemWrite' };
  throw Object.assign(new Error('refused'), refusal);
};
/** Has the runner find the folder instead of one of its own. */
const lead = (fs, { D }) => {
  fs.mkdtempSync = () => `${D}/made`;
  for (const name of ['cpSync', 'mkdirSync', 'rmSync']) fs[name] = () => {};
};
const run = async (require, place) => {
  const file = `${place.A}/a.test.js`;
  require('fs').writeFileSync(file, '');
  lead(require('fs'), place);
  const options = { files: [file], isolation: 'none', coverage: true };
  let text = '';
  for await (const { data } of require('node:test').run(options)) text += data.message ?? '';
  require('v8').takeCoverage();
  return judge(text);
};

attempt({
  'a worker with the option': (place) => {
    const execArgv = ['--experimental-test-coverage'];
    const worker = new Worker(`
      (${lead})(require('fs'), ${JSON.stringify(place)});
      require('node:test')('a test', () => {});
      setTimeout(require('v8').takeCoverage, 100);`, { eval: true, execArgv, stdout: true });
    let text = '';
    worker.stdout.on('data', (part) => { text += part; });
    return attempt.event(worker, 'exit').then(() => judge(text));
  },
  'run() in the process': (place) => run(require, place),
  'run() in a worker': (place) => attempt.thread(new Worker(attempt.program(`(() => {
    const judge = ${judge}, lead = ${lead};
    return (${run})(require, place);
  })()`, place), { eval: true })),
});
