'use strict';
// SQLite reads a variable in the style of Tcl as one word: a name, and behind it anything in
// parentheses that has no blank. Who takes a quote or a comment in them for its beginning does not
// see the `ATTACH` or `VACUUM INTO` behind the variable, which opens a file. permit reads variables
// as SQLite does, and asks for the file.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead ${D}/made
// Control: --allow-fs-read=${D} --allow-fs-write=${D}
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

/** A quote or a comment begins in a variable, and ends behind a statement. */
const hidden = (statement, before, after, end) => {
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (a)');
  database.exec(`SELECT ${before}; ${statement}; ${after}`);
  database.exec(end);
};
const attach = ({ D }, before, after) => {
  hidden(`ATTACH '${D}/made' AS x`, before, after, 'CREATE TABLE x.t (a)');
};
const vacuum = ({ D }, before, after) => hidden(`VACUUM INTO '${D}/made'`, before, after, '');

attempt({
  $: (place) => attach(place, "$a(')", "--')"),
  '@': (place) => attach(place, "@a(')", "--')"),
  ':': (place) => attach(place, ":a(')", "--')"),
  '#': (place) => attach(place, "#a(')", "--')"),
  'a name with colons': (place) => attach(place, "$a::b(')", "--')"),
  'colons at the end': (place) => attach(place, "$a::(')", "--')"),
  'a name with a dollar': (place) => attach(place, "$a$b(')", "--')"),
  'a name of other letters': (place) => attach(place, "$\u00fc(')", "--')"),
  'a name of digits': (place) => attach(place, "$1(')", "--')"),
  'a double quote': (place) => attach(place, '$a(")', '--")'),
  'a backtick': (place) => attach(place, '$a(`)', '--`)'),
  'a bracket': (place) => attach(place, '$a([)', '--])'),
  'a comment': (place) => attach(place, '$a(/*)', '--*/'),
  'a comment to the end of the line': (place) => attach(place, '$a(--)', ''),
  'parentheses with a parenthesis': (place) => attach(place, "$a((')", "--')"),
  'VACUUM INTO': (place) => vacuum(place, "$a(')", "--')"),
  'VACUUM INTO behind colons': (place) => vacuum(place, "@a::b(')", "--')"),
});
