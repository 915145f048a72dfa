'use strict';
// From Node 24 on a key can be named by a URL, which OpenSSL opens by itself, past `fs.read`. Here that needs --allow-openssl-store,
// as it does in Node.
// Policy: --allow-fs-read=${A}
// Takes: an answer
// Refused: OpenSSLStore
// Control: --allow-openssl-store
// Given: file ${D}/key.pem holding -----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n
// Node: >=24: Node 20 and 22 know no keys by URL
const attempt = require('../helpers/attempt.js');
const crypto = require('node:crypto');
const { pathToFileURL } = require('node:url');

const key = ({ D }) => pathToFileURL(`${D}/key.pem`);

attempt({
  createPrivateKey: (place) => crypto.createPrivateKey(key(place)),
  'createPrivateKey with options': (place) => crypto.createPrivateKey({ key: key(place) }),
  sign: (place) => crypto.sign(null, Buffer.from('x'), key(place)),
});
