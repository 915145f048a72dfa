'use strict';
// Some options make Node read and write files without a hook: profiles, reports, traces, snapshots,
// `--env-file`, the log of V8. Only the operator may use them. A held program cannot pass them to a
// Node child. The parent refuses them, because some act before the child could. Behind another
// program, the child refuses those that act later.
// Policy: --allow-fs-read=${A} --allow-child-process
// Takes: a change of ${D}
// Refused: ChildProcess
// Refused: ERR_EXIT_9
// Node: >=22 for --perf-basic-prof: the V8 of Node 20 knows no folder for it
// Node: >=22 for --heap-snapshot-on-oom, --localstorage-file: Node 20 knows neither
// Node: >=24 for --gdbjit: the V8 of Node 20 and 22 writes no log for it
// Control: none: a held program can give these to no child, whatever is granted
const attempt = require('../helpers/attempt.js');
const { spawnSync } = require('node:child_process');

const run = (place, command, flags, program, env) => {
  const [file, ...args] = [...command, ...flags, '-e', program];
  const { error, status, stderr } = spawnSync(file, args, { encoding: 'utf8', cwd: place.D, env: { ...process.env, ...env } });
  if (error) throw error;
  // A child that permit does not let start ends with 9.
  if (status !== 0) throw Object.assign(new Error(stderr), { code: `ERR_EXIT_${status}` });
};
const start = (place, flags, program = "process.emitWarning('x')", env = {}) => run(place, [process.execPath], flags, program, env);

attempt({
  '--cpu-prof': (place) => start(place, ['--cpu-prof', `--cpu-prof-dir=${place.D}`]),
  '--heap-prof': (place) => start(place, ['--heap-prof', `--heap-prof-dir=${place.D}`]),
  '--redirect-warnings': (place) => start(place, [`--redirect-warnings=${place.D}/made`]),
  '--trace-event-file-pattern': (place) => start(place, ['--trace-event-categories=v8', `--trace-event-file-pattern=${place.D}/made-\${rotation}`]),
  '--report-directory': (place) => start(place, ['--report-uncaught-exception', `--report-directory=${place.D}`], "throw new Error('x')"),
  '--prof': (place) => start(place, ['--prof', `--logfile=${place.D}/made`, '--no-logfile-per-isolate']),
  '+ a child without them': (place) => start(place, ['--no-warnings']) ?? 'started',
  NODE_V8_COVERAGE: (place) => start(place, [], '1', { NODE_V8_COVERAGE: `${place.D}/made` }),
  'NODE_OPTIONS with --redirect-warnings': (place) => start(place, [], undefined, { NODE_OPTIONS: `--redirect-warnings=${place.D}/made` }),
  '--perf-basic-prof': (place) => start(place, ['--perf-basic-prof', `--perf-basic-prof-path=${place.D}`]),
  '--log, over a file that is there': (place) => start(place, ['--log', `--logfile=${place.D}/secret`, '--no-logfile-per-isolate']),
  '--log with underscores': (place) => start(place, ['--log_code', `--logfile=${place.D}/secret`, '--no_logfile_per_isolate']),
  '--gdbjit': (place) => start(place, ['--gdbjit', `--logfile=${place.D}/made`]),
  '-prof, with one dash': (place) => start(place, ['-prof']),
  '--cpu-prof after a value': (place) => start(place, ['--title', 'x', '--cpu-prof']),
  '--cpu-prof behind another program': (place) => run(place, ['env', process.execPath], ['--cpu-prof', `--cpu-prof-dir=${place.D}`], '1'),
  '--heap-snapshot-on-oom': (place) => start(place, ['--heap-snapshot-on-oom', '--max-old-space-size=10', `--diagnostic-dir=${place.D}`], 'for (const all = []; ;) all.push([1])'),
  '--heapsnapshot-signal': (place) => start(place, ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${place.D}`], "process.kill(process.pid, 'SIGUSR2'); setTimeout(() => {}, 500)"),
  '--experimental-wasm-pgo-to-file': (place) =>
    start(place, ['--experimental-wasm-pgo-to-file'], 'new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))'),
  '--localstorage-file': (place) => start(place, ['--experimental-webstorage', `--localstorage-file=${place.D}/made`], 'localStorage.x = 1'),
  NODE_REDIRECT_WARNINGS: (place) => start(place, [], undefined, { NODE_REDIRECT_WARNINGS: `${place.D}/made` }),
});
