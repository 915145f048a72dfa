// A small HTTP service: reads its configuration, serves files, and has handlers that reach for what
// it was never granted. It knows nothing of permit but `process.permission`, which Node 26 has as
// well.
const { execFile } = require('node:child_process');
const { createReadStream, readFile } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

const config = join(__dirname, 'config.json');
const { greeting } = require('./config.json');

const handlers = {
  // A grant: the folder `public` may be read.
  '/': (request, response) => createReadStream(join(__dirname, 'public', 'index.html')).pipe(response),
  // A bug that path traversal needs: the name is taken from the request as it is.
  '/file': (request, response, url) =>
    readFile(url.searchParams.get('name'), 'utf8', (error, text) => answer(response, error, text)),
  '/greeting': (request, response) => readFile(config, 'utf8', (error) => answer(response, error, greeting)),
  // A dependency gone bad.
  '/child': (request, response) => {
    try {
      execFile('id', (error, text) => answer(response, error, text));
    } catch (error) {
      answer(response, error);
    }
  },
  // The configuration is read; from here on nobody needs it.
  '/drop': (request, response) => {
    process.permission.drop('fs.read', config);
    answer(response, null, `has('fs.read', 'config.json') is now ${process.permission.has('fs.read', config)}`);
  },
};

function answer(response, error, text) {
  if (error) {
    const { code, permission, resource, grant } = error;
    response.writeHead(code === 'ERR_ACCESS_DENIED' ? 403 : 500);
    response.end(JSON.stringify({ code, permission, resource, grant }));
  } else {
    response.end(text);
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const handler = handlers[url.pathname];
  if (handler) handler(request, response, url);
  else response.writeHead(404).end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
