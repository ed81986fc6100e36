// node server.mjs RECIPE, such as standardwebhooks
import { createServer } from 'node:http';

const { isGenuine } = await import(`./${process.argv[2]}.mjs`);

const server = createServer(async (request, response) => {
  // The bytes, before any parsing: `request.text()` of a framework drops a byte order mark.
  const body = Buffer.concat(await request.toArray());
  response.writeHead(isGenuine(body, request.headers) ? 204 : 401).end();
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
