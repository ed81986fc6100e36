import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildConnector } from 'undici';
import { Connection } from './connection.ts';
import { Connections, Origins } from './connections.ts';

test('connections are kept while they are used, and closed when they are not', async (t) => {
  let connections = 0;
  const server = createServer((_, response) => response.end());
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connect = buildConnector({});
  const make = (to: string) =>
    new Connections(() => new Connection({ origin: to, connect, maxAgeMs: 60_000 }));
  const origins = new Origins({ make, unusedMsMin: 400 });
  t.after(() => origins.close());
  const ask = async () => {
    const to = origins.to(origin);
    const connection = to.take(performance.now());
    const { body } = await connection.client.request({ path: '/', method: 'GET' });
    await body.dump();
    to.giveBack(connection);
    return connection;
  };
  const first = await ask();
  for (let n = 0; n < 10; n += 1) {
    assert.equal(await ask(), first);
    await sleep(60);
  }
  // Used all along, for longer than connections may be unused.
  assert.equal(connections, 1);
  const deadlineMs = Date.now() + 10_000;
  while (origins.size > 0 && Date.now() < deadlineMs) await sleep(20);
  assert.equal(origins.size, 0);
  assert.ok(first.client.destroyed);
  await ask();
  assert.equal(connections, 2);
});
