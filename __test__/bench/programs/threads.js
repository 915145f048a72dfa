// Prints how many `accessSync` a second a number of worker threads make together.
const fs = require('node:fs');
const { once } = require('node:events');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const CALLS = 1_000_000;

async function all(file, count) {
  const workers = Array.from({ length: count }, () => new Worker(__filename, { workerData: file }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const done = Promise.all(workers.map((worker) => once(worker, 'message')));
  const begin = performance.now();
  for (const worker of workers) worker.postMessage(Math.ceil(CALLS / count));
  await done;
  console.log(JSON.stringify({ calls: CALLS / ((performance.now() - begin) / 1000) }));
}

function work() {
  for (let warm = 0; warm < 5000; warm += 1) fs.accessSync(workerData);
  parentPort.once('message', (calls) => {
    for (let call = 0; call < calls; call += 1) fs.accessSync(workerData);
    parentPort.postMessage('done');
    parentPort.close();
  });
  parentPort.postMessage('ready');
}

if (isMainThread) all(process.argv[2], Number(process.argv[3]));
else work();
