// Goal: a user who sends too fast is told when to come back, and nobody else notices.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '../../support/api.ts';
import type { TestApi } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { findRedis, startRedis } from '../../support/redis.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const aSystem = (t: TestContext, env: Record<string, string>) =>
  aDeliverySystem(t, { DATA_DIR: tempDir(t), PARTITIONS: '1', ...env });

/** Many at once, to the processes in turn. */
async function sendMany(apis: readonly TestApi[], userId: string, count: number) {
  const all = Array.from({ length: count }, (_, n) =>
    (apis[n % apis.length] as TestApi).post('/send', { user_id: userId, data: n }),
  );
  const answers = await Promise.all(all);
  return {
    accepted: answers.filter(({ status }) => status === 202).length,
    refused: answers.filter(({ status }) => status === 429),
  };
}

const redis = findRedis();
const missing = redis === null ? 'neither valkey-server nor redis-server is here' : false;
// CI must not lose them unseen.
const skip = process.env['CI'] ? false : missing;

/** Passes connections on, but only a while after they were made. @returns its URL */
async function slowWayTo(t: TestContext, url: string, delayMs: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    setTimeout(() => {
      const onward = connect(Number(port), hostname);
      onward.on('error', () => socket.destroy());
      t.after(() => onward.destroy());
      socket.pipe(onward).pipe(socket);
    }, delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('USER_RATE_LIMIT', { concurrency: 3 }, () => {
  for (const strategy of ['token-bucket', 'fixed-window']) {
    test(`${strategy}: one in two seconds, each user and each line of a batch`, async (t) => {
      const env = { USER_RATE_LIMIT: '0.5', USER_RATE_STRATEGY: strategy };
      const api = await startApi(await aSystem(t, env));
      const { accepted, refused } = await sendMany([api], 'u1', 10);
      assert.equal(accepted, 1);
      assert.equal(refused.length, 9);
      const [one] = refused;
      assert.ok(one);
      assert.match(one.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(one.json.type, 'urn:hookline:problem:user-rate');
      const retryAfter = Number(one.headers.get('retry-after'));
      assert.ok(retryAfter === 1 || retryAfter === 2, String(retryAfter));
      const detail = `user u1 may have 1 in 2 s (USER_RATE_LIMIT); again in ${retryAfter} s`;
      assert.equal(one.json.detail, detail);

      const lines = ['u2', 'u2', 'u3'].map((user_id) => ({ user_id, data: 1 }));
      const batch = await api.post('/send/batch', lines);
      const states = batch.json.map(({ status }: { status: number }) => status);
      assert.deepEqual(states, [202, 429, 202]);
      await sleep(retryAfter * 1_000);
      const { accepted: later } = await sendMany([api], 'u1', 1);
      assert.equal(later, 1, 'after Retry-After it may');
    });

    test(`${strategy}: two processes count in one Redis or Valkey`, { skip }, async (t) => {
      const store = await startRedis(t, String(redis));
      const env = { USER_RATE_LIMIT: '0.1', USER_RATE_STRATEGY: strategy };
      const system = await aSystem(t, { ...env, USER_RATE_STORE: store.url });
      const apis = await Promise.all([startApi(system), startApi(system)]);
      const { accepted, refused } = await sendMany(apis, 'u1', 10);
      assert.equal(accepted, 1, 'of both together');
      const retryAfter = Number(refused[0]?.headers.get('retry-after'));
      assert.ok(retryAfter >= 8 && retryAfter <= 10, String(retryAfter));

      await store.kill();
      const without = await sendMany(apis, 'u2', 10);
      assert.equal(without.accepted, 2, 'each counts alone');
      await store.startAgain();
      let user = 100;
      await until(async () => (await sendMany(apis, `u${(user += 1)}`, 10)).accepted === 1);
    });
  }

  test(
    'the first request of a process is counted in a store that is slow to reach',
    { skip },
    async (t) => {
      const store = await startRedis(t, String(redis));
      const env = { USER_RATE_LIMIT: '0.1', USER_RATE_STORE: await slowWayTo(t, store.url, 1_500) };
      const system = await aSystem(t, env);
      const apis = await Promise.all([startApi(system), startApi(system)]);
      const { accepted } = await sendMany(apis, 'u1', 10);
      assert.equal(accepted, 1, 'of both together');
    },
  );

  test('a store that is not there keeps nobody from starting', async (t) => {
    const env = { USER_RATE_LIMIT: '0.1', USER_RATE_STORE: 'redis://127.0.0.1:1' };
    const api = await startApi(await aSystem(t, env));
    const { accepted } = await sendMany([api], 'u1', 10);
    assert.equal(accepted, 1);
  });
});
