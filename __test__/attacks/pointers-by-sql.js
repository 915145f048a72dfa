'use strict';
// The SQL function `fts3_tokenizer` gives the address of native code as bytes, and takes one, to which
// SQLite then jumps. SQLite allows it where the argument is a bound parameter. With it a program can run
// any native code. permit asks for addons where a statement names the function.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: an answer
// Refused: Addon fts3_tokenizer
// Control: --allow-addons
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const database = () => new (require('node:sqlite').DatabaseSync)(':memory:');
/** The address of a tokenizer, if the bytes are one. */
const address = ({ found }) => {
  if (found?.length !== 8) throw new Error('no address');
  return Buffer.from(found).readBigUInt64LE().toString(16);
};

attempt({
  'an address': () => address(database().prepare('SELECT fts3_tokenizer(?) AS found').get('simple')),
  'a quoted name': () =>
    address(database().prepare('SELECT "FTS3_Tokenizer" (:name) AS found').get({ name: 'porter' })),
  'a comment behind the name': () =>
    address(database().prepare('SELECT fts3_tokenizer/**/(?1) AS found').all('simple')[0]),
  'below another statement': () => {
    const text = 'WITH a AS (SELECT [fts3_tokenizer](?) AS found) SELECT * FROM a';
    return address([...database().prepare(text).iterate('simple')][0]);
  },
  'a tokenizer by an address': () => {
    const own = database();
    const { found } = own.prepare('SELECT fts3_tokenizer(?) AS found').get('porter');
    own.prepare('SELECT fts3_tokenizer(?, ?)').get('mine', found);
    own.exec('CREATE VIRTUAL TABLE words USING fts4(word, tokenize=mine)');
    own.exec("INSERT INTO words VALUES ('running')");
    return `${own.prepare("SELECT word FROM words WHERE word MATCH 'runs'").get().word} by an address`;
  },
});
