'use strict';
// No hole of Node's, whose grants have no end: a grant that has lapsed is used by whoever had it before, a thread, a child,
// a program that turns its own clock back or has just been let through. Here it is over for all of them at once.
// Policy: --allow-worker --allow-child-process
// Lapses: --allow-fs-read=${D}
// Lapses: --allow-env=*
// Takes: the secret
// Refused: FileSystemRead ${D}/secret
// Refused: silently
// Control: --allow-fs-read=${D} --allow-env=*
// Given: variable SECRET_${N} holding the secret
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const { Worker } = require('node:worker_threads');

const { now } = Date;
const places = JSON.parse(process.argv[2] ?? '{"places":[]}').places;
const [{ LAPSES = 0 } = {}] = places;
/** When the grants have lapsed, and what is in memory has faded. */
const lapsed = () => new Promise((resolve) => { setTimeout(resolve, Math.max(0, Number(LAPSES) - now()) + 1500 * Boolean(LAPSES)); });

/** A program that waits for a word, and then tells what the expression gives. */
const waiting = (expression, place) => `
  const word = (then) => (require('worker_threads').parentPort ?? process).once('message', then);
  word(() => { ${attempt.program(expression, place)} });`;
const early = new Map();
const thread = (name, expression) => {
  const place = places[Object.keys(ways).indexOf(name)];
  early.set(name, new Worker(waiting(expression, place), { eval: true }));
};
const reads = "fs.readFileSync(place.D + '/secret', 'utf8')";

const ways = {
  'a path that was let through just now': async ({ D }) => {
    fs.readFileSync(`${D}/secret`);
    await lapsed();
    return fs.readFileSync(`${D}/secret`, 'utf8');
  },
  'a clock that is turned back': async ({ D }) => {
    await lapsed();
    Date.now = () => 0;
    return fs.readFileSync(`${D}/secret`, 'utf8');
  },
  'a thread of before': async () => {
    await lapsed();
    const worker = early.get('a thread of before');
    worker.postMessage('now');
    return attempt.thread(worker);
  },
  'a child of before': async () => {
    await lapsed();
    const child = early.get('a child of before');
    child.send('now');
    return attempt.heard(await attempt.event(child.stdout, 'data'));
  },
  'a thread of now': async (place) => {
    await lapsed();
    return attempt.thread(new Worker(attempt.program(reads, place), { eval: true }));
  },
  'a child of now': async (place) => {
    await lapsed();
    const child = spawn(process.execPath, ['-e', attempt.program(reads, place)]);
    return attempt.heard(await attempt.event(child.stdout, 'data'));
  },
  'the environment': async ({ N }) => {
    await lapsed();
    return process.env[`SECRET_${N}`];
  },
  'the environment of a thread of before': async () => {
    await lapsed();
    const worker = early.get('the environment of a thread of before');
    worker.postMessage('now');
    return attempt.thread(worker);
  },
  'the environment of a child of now': async ({ N }) => {
    await lapsed();
    return attempt.event(spawn(process.execPath, ['-p', `process.env.SECRET_${N}`]).stdout, 'data');
  },
};

if (places.length > 0) {
  thread('a thread of before', reads);
  thread('the environment of a thread of before', 'process.env[`SECRET_${place.N}`]');
  const place = places[Object.keys(ways).indexOf('a child of before')];
  early.set('a child of before', spawn(process.execPath, ['-e', waiting(reads, place)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }));
}
attempt(ways);
