// `npm start`: runs the service under a policy and shows a grant, refusals and a drop. Every line
// says what was asked for, what came of it, and why. Exit code 0 if each came out as it must.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const preload = join(here, '..', '..', 'index.js');
const service = join(here, 'service', 'service.js');
const policy = [
  `--allow-fs-read=${join(here, 'service', 'public')}`,
  `--allow-fs-read=${join(here, 'service', 'config.json')}`,
  '--allow-net',
];

console.log(`node -r @org/permit service.js      (Node ${process.version}) under the policy`);
for (const flag of policy) console.log(`  ${flag}`);
console.log('The entry point is readable by itself. Nothing else is granted.\n');

const child = spawn(process.execPath, ['-r', preload, service], {
  env: { ...process.env, PERMIT_OPTIONS: policy.map((flag) => `"${flag}"`).join(' ') },
  stdio: ['ignore', 'pipe', 'inherit'],
});
child.on('exit', (code) => {
  if (code !== null) process.exit(code || 1);
});
const [port] = await new Promise((resolve) => {
  createInterface(child.stdout).once('line', (line) => resolve([Number(line)]));
});

const steps = [
  ['/', 200, 'granted: the folder public/ may be read'],
  ['/greeting', 200, 'granted: config.json may be read'],
  ['/file?name=/etc/passwd', 403, 'refused: /etc/passwd was never granted'],
  [`/file?name=${join(here, 'service', 'public')}/../../start.mjs`, 403, 'refused: ".." leads out of public/'],
  ['/child', 403, 'refused: no program may be started'],
  ['/drop', 200, "process.permission.drop('fs.read', 'config.json'): given up for good"],
  ['/greeting', 403, 'refused: what was dropped is gone'],
  ['/', 200, 'granted: the rest still works'],
];
let wrong = 0;
for (const [path, expected, why] of steps) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = (await response.text()).trim();
  const ok = response.status === expected;
  if (!ok) wrong += 1;
  console.log(`${ok ? ' ' : 'WRONG '}GET ${path}\n   ${response.status}  ${why}\n        ${text}`);
}
child.removeAllListeners('exit');
child.kill();
console.log(wrong === 0 ? '\nAll as the policy says.' : `\n${wrong} came out wrong.`);
process.exit(wrong === 0 ? 0 : 1);
