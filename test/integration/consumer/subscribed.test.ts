// Deliveries of subscriptions: their settings take effect at once, and nothing queued is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttempts } from '../../../common/model/attempt.ts';
import { parseSubscription } from '../../../common/model/subscription.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { aManyPathReceiver, subscribed } from '../../support/subscribed.ts';
import { until } from '../../support/until.ts';

const LOOPBACK = { ALLOW_TARGETS: '127.0.0.0/8' };

test('a subscription that is deleted gets nothing of what was queued, and all of it is cancelled', async (t) => {
  const arrived: string[] = [];
  const url = await aManyPathReceiver(t, ({ id }, response) => {
    arrived.push(id);
    response.writeHead(500).end();
  });
  // One attempt fails; the others are a minute away.
  const env = { ...LOOPBACK, RETRY_SCHEDULE: '60s,60s' };
  const system = await aDeliverySystem(t, env);
  const { save, send } = subscribed(t, system);
  await save({ id: 'sub_a', targetUrl: `${url}/a` });
  system.start('consumer');
  for (let n = 0; n < 20; n += 1) await send('sub_a', `msg_${n}`, `user-${n}`);
  await until(() => arrived.length === 20);
  await save({ id: 'sub_a', targetUrl: `${url}/a`, state: 'deleted' });
  await untilDrained(system);
  for (let n = 20; n < 25; n += 1) await send('sub_a', `msg_${n}`, `user-${n}`);
  await untilDrained(system);

  assert.equal(arrived.length, 20, 'nothing after the deletion');
  const attempts = (await system.records(system.names.attempts)).flatMap(({ value }) =>
    parseAttempts(String(value)),
  );
  const cancelled = attempts.filter(({ state }) => state === 'cancelled').map(({ id }) => id);
  const all = Array.from({ length: 25 }, (_, n) => `msg_${n}`);
  assert.deepEqual(cancelled.toSorted(), all.toSorted());
  assert.equal((await system.records(system.names.deadLetters)).length, 0);
});

test('410 disables the subscription with the reason; enabled again, what waited arrives once', async (t) => {
  let isGone = true;
  const accepted: string[] = [];
  const asked: string[] = [];
  const told: string[] = [];
  const url = await aManyPathReceiver(t, ({ id, path }, response) => {
    const isOps = path === '/ops';
    (isOps ? told : asked).push(id);
    if (!isGone) accepted.push(id);
    response.writeHead(isGone && !isOps ? 410 : 200).end();
  });
  const system = await aDeliverySystem(t, { ...LOOPBACK, CONCURRENCY: '4' });
  const { save, send } = subscribed(t, system);
  await save({ id: 'sub_ops', targetUrl: `${url}/ops`, eventTypes: ['hookline.*'] });
  await save({ id: 'sub_a', targetUrl: `${url}/a` });
  system.start('consumer');
  for (let n = 0; n < 50; n += 1) await send('sub_a', `msg_${n}`, `user-${n}`);
  const states = async () =>
    (await system.records(system.names.subscriptions)).flatMap(({ key, value }) => {
      const { state, disabledReason } = JSON.parse(String(value)) as Record<string, unknown>;
      return key === 'sub_a' ? [{ state, disabledReason }] : [];
    });
  const gone = { state: 'disabled', disabledReason: 'its target answered 410 Gone' };
  await until(async () => (await states()).length >= 2, { everyMs: 200 });
  assert.deepEqual(await states(), [{ state: 'enabled', disabledReason: null }, gone]);
  assert.ok(asked.length <= 4, `${asked.length} requests before it was disabled`);
  await until(() => told.length > 0);
  assert.match(String(told), /^sub_a-disabled-\d+-sub_ops$/, 'who asks is told, once');

  isGone = false;
  await save({ id: 'sub_a', targetUrl: `${url}/a` });
  await untilDrained(system);
  assert.equal(accepted.length, 50);
  assert.equal(new Set(accepted).size, 50);
});

test('what a person changes while 410 comes in is kept, and 410 from the old target changes nothing', async (t) => {
  const asked: string[] = [];
  // The first answer comes when the change has been written.
  const written = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const url = await aManyPathReceiver(t, ({ path }, response) => {
    asked.push(path);
    begun.resolve();
    void written.promise.then(() => response.writeHead(path === '/fine' ? 200 : 410).end());
  });
  const system = await aDeliverySystem(t, LOOPBACK);
  const { save, send } = subscribed(t, system);
  const newest = async (id: string) => {
    const all = await system.records(system.names.subscriptions);
    return parseSubscription(String(all.findLast(({ key }) => key === id)?.value));
  };
  await save({ id: 'sub_same', targetUrl: `${url}/gone`, updatedAt: 1 });
  await save({ id: 'sub_moved', targetUrl: `${url}/gone`, updatedAt: 1 });
  system.start('consumer');
  await send('sub_same', 'msg_1', 'user-1');
  await send('sub_moved', 'msg_2', 'user-1');
  await begun.promise;
  await until(() => asked.length === 2);
  await save({ id: 'sub_same', targetUrl: `${url}/gone`, description: 'changed', updatedAt: 2 });
  await save({ id: 'sub_moved', targetUrl: `${url}/fine`, updatedAt: 2 });
  written.resolve();

  await until(async () => (await newest('sub_same'))?.state === 'disabled', { everyMs: 200 });
  assert.equal((await newest('sub_same'))?.description, 'changed');
  await until(() => asked.includes('/fine'));
  assert.equal((await newest('sub_moved'))?.state, 'enabled');
});

test('a new target is used from the moment it is known, by every consumer', async (t) => {
  const paths: string[] = [];
  const url = await aManyPathReceiver(t, ({ path }, response) => {
    paths.push(path);
    response.end();
  });
  const system = await aDeliverySystem(t, LOOPBACK);
  const { save, send } = subscribed(t, system);
  await save({ id: 'sub_a', targetUrl: `${url}/old` });
  const consumers = [1, 2, 3].map(() => system.start('consumer'));
  const shares = () => consumers.map(({ output }) => /\.deliveries":\[\d/.test(output()));
  await until(() => shares().every(Boolean), { timeoutMs: 30_000 });
  const round = async (name: string) => {
    for (let n = 0; n < 36; n += 1) await send('sub_a', `${name}_${n}`, `user-${n}`);
    await until(() => paths.length >= 36, { timeoutMs: 30_000 });
    return paths.splice(0);
  };
  assert.deepEqual(new Set(await round('before')), new Set(['/old']));
  await save({ id: 'sub_a', targetUrl: `${url}/new` });
  const savedAtMs = Date.now();
  // Every partition is asked until the old target is heard of no more.
  for (let n = 0, isOld = true; isOld; n += 1) {
    const isLate = Date.now() - savedAtMs >= 1_000;
    isOld = (await round(`after${n}`)).includes('/old');
    assert.ok(!isOld || !isLate, 'what is sent a second later goes to the new one');
  }
});

test('a delivery of a subscription that was never there is dead-lettered with the reason', async (t) => {
  const system = await aDeliverySystem(t, LOOPBACK);
  const { send } = subscribed(t, system);
  system.start('consumer');
  await send('sub_none', 'msg_1', 'user-1');
  await untilDrained(system);
  const [dead] = await system.records(system.names.deadLetters);
  assert.match(String(dead?.headers['__dlq.errors.message']), /no subscription sub_none/);
});
