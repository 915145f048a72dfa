'use strict';
// Native code opens some files, and removes some, later than it is asked to, by the name as it was
// spelled. A program gave a relative name from a folder where it meant a granted file, and changed
// the working directory before native code used it. Blobs of files were read so, sockets removed a
// file when their server was closed, and SQL made databases. permit makes such names absolute, and
// a name in SQL, which it cannot replace, must be absolute.
// Policy: --allow-fs-read=${A} --allow-fs-write=${A} --allow-net
// Takes: the secret
// Takes: a change of ${D}
// Refused: ERR_ITS_OWN
// Refused: FileSystem
// Refused: FileSystemRead ../denied/made
// Control: none: a name means what it meant where it was given, whatever is granted
// Node: >=26 for openAsBlobSync, openAsBlobSync of a Buffer: no other Node has the function
// Node: >=22 for ATTACH of a link that a function moves, a prepared ATTACH: Node 20 has no node:sqlite
// Node: >=22 for a prepared VACUUM INTO, ATTACH behind a function: Node 20 has no node:sqlite
// Node: >=22 for VACUUM INTO behind a function, a database that is opened later: Node 20 has no node:sqlite
// Node: >=22 for a database that is opened again: Node 20 has no node:sqlite
// Given: folder ${A}/denied
// Given: link ${A}/sub/link to ../denied/made
const attempt = require('../helpers/attempt.js');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { text } = require('node:stream/consumers');

const { writeFileSync, utimesSync, existsSync, statSync, renameSync } = fs;
const NAME = '../denied/secret';
const MADE = '../denied/made';

const own = (what) => {
  throw Object.assign(new Error(`it was ${what} of the granted folder`), { code: 'ERR_ITS_OWN' });
};
/** Goes where a relative name means a file that is granted. */
const within = ({ A }) => process.chdir(`${A}/sub`);
/** Goes where it means one that is denied. */
const without = ({ A }) => process.chdir(A);

/** A blob of a file that Node takes for the other: it compares the sizes, and parts of the times. */
const blob = async (place, open, read = (made) => made.text()) => {
  const lie = 'x'.repeat(17);
  const mine = `${place.A}/denied/secret`;
  writeFileSync(mine, lie);
  utimesSync(mine, 1, 1);
  within(place);
  const made = await open();
  without(place);
  const got = await read(made);
  return String(got) === lie ? own('the file') : got;
};

/** Binds a server, and closes it from elsewhere. */
const bound = async (place, server, listen, close = (closed) => closed.close()) => {
  within(place);
  listen(server);
  await attempt.event(server, 'listening');
  without(place);
  const done = attempt.event(server, 'close');
  close(server);
  await done;
  return existsSync(`${place.A}/denied/secret`) ? 'removed' : own('the socket');
};

/** Runs SQL that was prepared, or is still being run, when the working directory changes. */
const database = (place, use) => {
  const { DatabaseSync } = require('node:sqlite');
  within(place);
  use((...args) => new DatabaseSync(...args));
  const mine = `${place.A}/denied/made`;
  return existsSync(mine) && statSync(mine).size > 0 ? own('the database') : 'made';
};
const leaves = (opened, place) => {
  opened.function('leave', () => { without(place); return 'here'; });
  return opened;
};

attempt({
  'the text of a blob': (place) => blob(place, () => fs.openAsBlob(NAME)),
  'a stream of a blob': (place) => blob(place, () => fs.openAsBlob(NAME), (made) => text(made.stream())),
  'a part of a blob': (place) =>
    blob(place, () => fs.openAsBlob(NAME), async (made) => Buffer.from(await made.slice().arrayBuffer())),
  'a blob in a blob': (place) => blob(place, () => fs.openAsBlob(NAME), (made) => new Blob([made]).text()),
  'a blob by a Buffer': (place) => blob(place, () => fs.openAsBlob(Buffer.from(NAME))),
  openAsBlobSync: (place) => blob(place, () => fs.openAsBlobSync(NAME)),
  'openAsBlobSync of a Buffer': (place) => blob(place, () => fs.openAsBlobSync(Buffer.from(NAME))),
  'a server': (place) => bound(place, net.createServer(), (server) => server.listen(NAME)),
  'a server with options': (place) =>
    bound(place, net.createServer(), (server) => server.listen({ path: NAME, exclusive: true })),
  'a server of http': (place) => bound(place, http.createServer(), (server) => server.listen(NAME)),
  'the handle of a server': (place) =>
    bound(place, net.createServer(), (server) => server.listen(NAME), (server) => {
      server._handle.close();
      server._handle = null;
      server.close();
      // Who has no handle is closed at once.
      setImmediate(() => server.emit('close'));
    }),
  'a prepared ATTACH': (place) => database(place, (open) => {
    const opened = open(':memory:');
    const statement = opened.prepare(`ATTACH '${MADE}' AS x`);
    without(place);
    statement.run();
    opened.exec('CREATE TABLE x.t (a)');
  }),
  'a prepared VACUUM INTO': (place) => database(place, (open) => {
    const opened = open(':memory:');
    opened.exec('CREATE TABLE t (a)');
    const statement = opened.prepare(`VACUUM INTO '${MADE}'`);
    without(place);
    statement.run();
  }),
  'ATTACH behind a function': (place) => database(place, (open) => {
    leaves(open(':memory:'), place).exec(`SELECT leave(); ATTACH '${MADE}' AS x; CREATE TABLE x.t (a)`);
  }),
  'ATTACH of a link that a function moves': (place) => database(place, (open) => {
    const opened = open(':memory:');
    opened.function('move', () => { renameSync(`${place.A}/sub/link`, `${place.A}/moved`); return 'there'; });
    opened.exec(`SELECT move(); ATTACH '${place.A}/moved' AS x; CREATE TABLE x.t (a)`);
  }),
  'VACUUM INTO behind a function': (place) => database(place, (open) => {
    leaves(open(':memory:'), place).exec(`CREATE TABLE t (a); SELECT leave(); VACUUM INTO '${MADE}'`);
  }),
  'a database that is opened later': (place) => database(place, (open) => {
    const opened = open(MADE, { open: false });
    without(place);
    opened.open();
    opened.exec('CREATE TABLE t (a)');
  }),
  'a database that is opened again': (place) => database(place, (open) => {
    const opened = open(MADE);
    opened.close();
    without(place);
    opened.open();
    opened.exec('CREATE TABLE t (a)');
  }),
});
