// A receiver on Node's own HTTP server, as most are that receive webhooks, as a process of its own.
// GET tells what came. Prints its URL.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStatsCounter } from '../receiver/decide/stats.ts';

const stats = createStatsCounter();

function serve(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET') return void response.end(JSON.stringify(stats.snapshot()));
  const id = request.headers['webhook-id'];
  request.resume().on('end', () => {
    stats.received();
    stats.accepted({
      id: typeof id === 'string' ? id : undefined,
      userId: undefined,
      atMs: Date.now(),
      steadyMs: performance.now(),
    });
    response.writeHead(200, { 'content-length': 0 }).end();
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
