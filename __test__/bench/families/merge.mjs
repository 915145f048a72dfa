// `permit merge` with the logs of a fleet: one of 300 MB and one ten times as long, of the same things, and one of that
// length with ten times as many things. The logs are in the memory of the system when they are read. The least counts.
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFleet } from '../../helpers/fleet.mjs';
import { ORACLE } from '../../helpers/nodes.mjs';
import { FIXTURES, PRELOAD, cleanEnv } from '../../helpers/run.mjs';
import { digits, least, table } from '../figures.mjs';
import { FOLDER } from '../kinds.mjs';

const PEAK = join(FIXTURES, 'rollout', 'peak.js');
const LOGS = [{ bytes: 3e8, distinct: 20_000 }, { bytes: 3e9, distinct: 20_000 }, { bytes: 3e9, distinct: 200_000 }];

export const rounds = 3;

export async function measure(count) {
  const rows = [];
  for (const given of LOGS) {
    const [log] = writeFleet(join(FOLDER, 'fleet'), { ...given, starts: false });
    // It is read once, so that the first round is as the others.
    if (count > 0) spawnSync('cat', [log], { stdio: ['ignore', 'ignore', 'inherit'] });
    const runs = Array.from({ length: count }, () => {
      const begin = performance.now();
      const { status, stderr } = spawnSync(ORACLE.path, ['-r', PEAK, PRELOAD, 'merge', '--denied', '--report-only-records', log], {
        env: cleanEnv(), encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28,
      });
      const seconds = (performance.now() - begin) / 1000;
      if (status !== 0) throw new Error(stderr);
      const [, records, distinct] = /^permit: (\d+) records, (\d+) distinct$/m.exec(stderr).map(Number);
      return { seconds, records, distinct, kilobytes: Number(/^peak (\d+)$/m.exec(stderr)[1]) };
    });
    const { size } = statSync(log);
    const { records, distinct } = runs[0];
    const seconds = least(runs.map((run) => run.seconds));
    const peak = Math.max(...runs.map((run) => run.kilobytes)) / 1024;
    rows.push([digits(size / 1e6), records.toLocaleString('en'), distinct.toLocaleString('en'), digits(seconds), digits(size / 1e6 / seconds), digits(peak)]);
    rmSync(log);
  }
  // What a process of this Node holds that does nothing else.
  const { stderr } = spawnSync(ORACLE.path, ['-r', PEAK, '-e', ''], { env: cleanEnv(), encoding: 'utf8' });
  rows.push(['– (Node alone)', '', '', '', '', digits(Number(/^peak (\d+)$/m.exec(stderr)[1]) / 1024)]);
  return table(['log, MB', 'records', 'distinct things', 'seconds', 'MB/s', 'most memory, MiB'], rows);
}
