// Prints how many `accessSync` a second a number of worker threads make together.
const fs = require('node:fs');
const { once } = require('node:events');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const TIME = 1000;

async function all(file, count) {
  const workers = Array.from({ length: count }, () => new Worker(__filename, { workerData: file }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const done = Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const worker of workers) worker.postMessage('go');
  const counts = await done;
  console.log(JSON.stringify({ calls: counts.reduce((sum, [calls]) => sum + calls, 0) / (TIME / 1000) }));
}

function work() {
  for (let warm = 0; warm < 5000; warm += 1) fs.accessSync(workerData);
  parentPort.once('message', () => {
    const end = performance.now() + TIME;
    let calls = 0;
    while (performance.now() < end) {
      for (let turn = 0; turn < 100; turn += 1) fs.accessSync(workerData);
      calls += 100;
    }
    parentPort.postMessage(calls);
    parentPort.close();
  });
  parentPort.postMessage('ready');
}

if (isMainThread) all(process.argv[2], Number(process.argv[3]));
else work();
