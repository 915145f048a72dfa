'use strict';
// permit takes its own `-r` and name out of options, and puts them first. In `-C -r <permit> x`,
// the `-r` reads as the value of `-C`, and `x` as the program: nothing behind it counts. Without
// the two words, `x` is the value, and Node reads what is behind. permit judged the words before
// it took some out. It judges the words that Node gets.
// Policy: --allow-fs-read=${A} --allow-worker --allow-child-process
// Takes: a change of ${D}
// Refused: ERR_ACCESS_DENIED WorkerThreads --cpu-prof
// Refused: ERR_ACCESS_DENIED ChildProcess --cpu-prof
// Node: >=22 for NODE_OPTIONS of a worker: Node 20 takes no --cpu-prof there
// Node: >=22 for NODE_OPTIONS for the loader thread: as above
// Node: >=22 for NODE_OPTIONS of a child: as above
// Control: none: a held program can give such an option to no thread and no child
// Alone: NODE_OPTIONS and the loader thread are of the process
const attempt = require('../helpers/attempt.js');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const { register } = require('node:module');
const { MessageChannel, Worker } = require('node:worker_threads');

/** These words of Node, in which an option with a value stands before permit's own. */
const words = ({ D, PERMIT }) => {
  const preload = `${PERMIT}/index.js`;
  // Bare, there is nobody to take them out.
  const own = process.execArgv.includes(preload) ? ['-r', preload] : [];
  return ['-C', ...own, 'x', '--cpu-prof', `--cpu-prof-dir=${D}`];
};
/** A thread writes its profile when it ends. */
const worker = (options) => attempt.event(new Worker('0', { eval: true, ...options }), 'exit');

attempt({
  'options of a worker': (place) => worker({ execArgv: words(place) }),
  'NODE_OPTIONS of a worker': (place) => {
    const env = { NODE_OPTIONS: words(place).join(' ') };
    // Else it inherits `--no-warnings`.
    return worker({ env, execArgv: [] });
  },
  'NODE_OPTIONS for the loader thread': async (place) => {
    process.env.NODE_OPTIONS = words(place).join(' ');
    // permit has Node read the variable for this thread. Bare Node reads it if it finds options.
    Object.assign(Object.prototype, { execArgv: [], env: { ...process.env } });
    const { port1, port2 } = new MessageChannel();
    const hooks = `export function initialize(port) { port.postMessage('done'); }`;
    register(`data:text/javascript,${hooks}`, { data: port2, transferList: [port2] });
    return (await once(port1, 'message'))[0];
  },
  'NODE_OPTIONS of a child': (place) => {
    const env = { ...process.env, NODE_OPTIONS: words(place).join(' ') };
    return execFileSync(process.execPath, ['-e', '0'], { env, stdio: 'pipe' });
  },
});
