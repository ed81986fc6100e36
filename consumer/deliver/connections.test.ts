import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { Pools } from './pools.ts';

test('a pool is kept while it is used, and closed when it is not', async (t) => {
  let connections = 0;
  const server = createServer((_, response) => response.end());
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pools = new Pools({ make: (one) => new Pool(one), unusedMsMax: 400 });
  t.after(() => pools.close());
  const ask = async (pool: Pool) => {
    const { body } = await pool.request({ path: '/', method: 'GET' });
    await body.dump();
  };
  const first = pools.of(origin);
  for (let n = 0; n < 10; n += 1) {
    await ask(pools.of(origin));
    await sleep(60);
  }
  assert.equal(pools.of(origin), first, 'used all along, for longer than a pool may be unused');
  assert.equal(connections, 1);
  const deadlineMs = Date.now() + 10_000;
  while (pools.size > 0 && Date.now() < deadlineMs) await sleep(20);
  assert.equal(pools.size, 0);
  assert.ok(first.destroyed);
  await ask(pools.of(origin));
  assert.equal(connections, 2);
});
