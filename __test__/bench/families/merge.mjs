// `permit merge` and `permit report` with the logs of a fleet: one of 300 MB and one ten times as
// long, of the same things, and one of that length with ten times as many things. The logs are in
// the memory of the system when they are read. The least counts.
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFleet } from '../../helpers/fleet.mjs';
import { ORACLE } from '../../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv } from '../../helpers/run.mjs';
import { digits, least, table } from '../figures.mjs';
import { FOLDER } from '../kinds.mjs';

const PEAK = join(FIXTURES, 'rollout', 'peak.js');
const LOGS = [
  { bytes: 3e8, distinct: 20_000 },
  { bytes: 3e9, distinct: 20_000 },
  { bytes: 3e9, distinct: 200_000 },
];

export const rounds = 3;

const COMMANDS = { merge: ['merge', '--denied', '--report-only-records'], report: ['report', '--json'] };

/** How many kB a process held at the most, as it said at its end. */
const peak = (stderr) => Number(/^peak (\d+)$/m.exec(stderr)[1]);

function run(args) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(ORACLE.path, ['-r', PEAK, ...args], {
    cwd: FOLDER,
    env: cleanEnv(),
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - begin) / 1000;
  if (status !== 0) throw new Error(stderr);
  const told = /^permit: (\d+) records, (\d+) distinct$/m.exec(stderr);
  return { seconds, kilobytes: peak(stderr), records: Number(told?.[1]), distinct: Number(told?.[2]) };
}

export async function measure(count) {
  const rows = [];
  for (const given of LOGS) {
    const [log] = writeFleet(join(FOLDER, 'fleet'), given);
    const megabytes = statSync(log).size / 1e6;
    // It is read once, so that the first round is as the others.
    spawnSync('cat', [log], { stdio: ['ignore', 'ignore', 'inherit'] });
    let held = '';
    for (const [name, args] of Object.entries(COMMANDS)) {
      const runs = Array.from({ length: count }, () => run([PRELOAD, ...args, log]));
      const { records, distinct } = runs[0];
      if (name === 'merge')
        held = `${digits(megabytes)} MB, ${records.toLocaleString('en')} records of ${distinct.toLocaleString('en')} things`;
      const seconds = least(runs.map((one) => one.seconds));
      const most = Math.max(...runs.map((one) => one.kilobytes)) / 1024;
      rows.push([held, name, digits(seconds), digits(megabytes / seconds), digits(most)]);
    }
    rmSync(log);
  }
  rows.push(['none', 'Node alone', '', '', digits(run(['-e', '']).kilobytes / 1024)]);
  return table(['log', 'command', 'seconds', 'MB/s', 'most memory, MiB'], rows);
}
