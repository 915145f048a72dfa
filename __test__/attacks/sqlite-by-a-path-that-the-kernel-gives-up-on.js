'use strict';
// SQLite finds out itself where a path leads. It follows 200 links where the kernel follows 40,
// and shortens a path that is too long for the kernel. permit allowed what the kernel gives up on,
// as it leads nowhere. permit refuses a database by a path that it cannot follow to the end.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A}
// Takes: a change of ${D}
// Refused: FileSystemRead ${A}/*
// Control: none: a database by such a path is refused, whatever is granted
// Given: link ${A}/out to ${D}
// Given: link ${A}/self to .
// Node: >=22: Node 20 has no node:sqlite
const attempt = require('../helpers/attempt.js');

const sqlite = () => require('node:sqlite');
const memory = () => new (sqlite().DatabaseSync)(':memory:');
const make = (name) => new (sqlite().DatabaseSync)(name).exec('CREATE TABLE t (a)');

const long = ({ A }) => `${A}/${'./'.repeat(2100)}out/made.db`;
const chain = ({ A }) => `${A}/${'self/'.repeat(45)}out/made.db`;
const backup = (name) => sqlite().backup(memory(), name);
const attach = (name) => memory().exec(`ATTACH '${name}' AS x; CREATE TABLE x.t (a)`);
const vacuum = (name) => memory().exec(`VACUUM INTO '${name}'`);

attempt({
  'a long path': (place) => make(long(place)),
  'a long path as a Buffer': (place) => make(Buffer.from(long(place))),
  'a long path of a URI': (place) => make(`file:${long(place)}?mode=rwc`),
  'a long path for a backup': (place) => backup(long(place)),
  'a long path for ATTACH': (place) => attach(long(place)),
  'a long path for VACUUM INTO': (place) => vacuum(long(place)),
  'many links': (place) => make(chain(place)),
  'many links for a backup': (place) => backup(chain(place)),
  'many links for ATTACH': (place) => attach(chain(place)),
  'many links for VACUUM INTO': (place) => vacuum(chain(place)),
});
