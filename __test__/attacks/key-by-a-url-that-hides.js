'use strict';
// OpenSSL reads keys by URL on the newest Nodes. Node recognises a URL by a private field. A check
// of `href` misses a URL whose `href` is hidden, and OpenSSL reads the key without `fs.read`.
// permit recognises a URL as Node does.
// Policy: --allow-fs-read=${A} --allow-worker
// Takes: an answer
// Refused: OpenSSLStore
// Given: file ${D}/key.pem holding -----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDoresZuxqUhpHs+Ip9M4efVOFm+9Hg/1PlUbo0w5GbD\n-----END PRIVATE KEY-----\n
// Node: >=24: older Nodes know no keys by URL
// Control: --allow-openssl-store
const attempt = require('../helpers/attempt.js');
const { Worker } = require('node:worker_threads');

/** A worker, on which the binding below is not caught. */
const worker = (place, expression) => attempt.thread(new Worker(attempt.program(`(() => {
  const crypto = require('crypto');
  const url = require('url').pathToFileURL(place.D + '/key.pem');
  return ${expression};
})()`, place), { eval: true }));
const here = ({ D }) => require('node:url').pathToFileURL(`${D}/key.pem`);
const hide = (url, key = 'href') => Object.defineProperty(url, key, { value: undefined });
const text = (key) => key.export({ type: 'pkcs8', format: 'pem' });

attempt({
  'href is undefined': (place) => text(require('node:crypto').createPrivateKey(hide(here(place)))),
  'href is undefined, in a worker': (place) => worker(place, "crypto.createPrivateKey(Object.defineProperty(url, 'href', { value: undefined })).export({ type: 'pkcs8', format: 'pem' })"),
  'as a key, in a worker': (place) => worker(place, "crypto.createPrivateKey({ key: Object.defineProperty(url, 'href', { value: undefined }) }).export({ type: 'pkcs8', format: 'pem' })"),
  'without a prototype, in a worker': (place) => worker(place, "crypto.createPrivateKey(Object.setPrototypeOf(url, null)).export({ type: 'pkcs8', format: 'pem' })"),
  'by sign, in a worker': (place) => worker(place, "crypto.sign(null, Buffer.from('x'), Object.defineProperty(url, 'href', { get() { return undefined; } })).toString('hex')"),
});
