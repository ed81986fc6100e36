import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createSender } from './sender.ts';

test('whoever is not answered is given up in time, however the others come and go', async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/answers') response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = createSender(500, null);
  t.after(async () => {
    await sender.close();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const paths = Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? '/hangs' : '/answers'));
  const body = Buffer.from('{}');
  const sends = paths.map((path) => sender.send({ origin, path, headers: [], body }));
  const kinds = (await Promise.all(sends)).map(({ outcome }) =>
    outcome.kind === 'unreachable' ? outcome.error : outcome.kind,
  );
  assert.deepEqual(
    kinds,
    paths.map((path) => (path === '/hangs' ? 'timeout' : 'accepted')),
  );
});
