import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { aReceiver, deliver } from './test-support.ts';

const burst = (receiver: { url: string }, count: number, path?: string) =>
  Promise.all(
    Array.from({ length: count }, () => deliver(receiver, path === undefined ? {} : { path })),
  );

const statuses = (answers: readonly { status: number }[]) =>
  Object.fromEntries(
    [200, 429].map((status) => [status, answers.filter((one) => one.status === status).length]),
  );

test('5 a second: five of twelve at once pass, the others are told to wait a second', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 5 } });
  const answers = await burst(receiver, 12);
  assert.deepEqual(statuses(answers), { 200: 5, 429: 7 });
  for (const { status, retryAfter } of answers)
    assert.equal(retryAfter, status === 429 ? '1' : null);
  await pause(1_000); // what Retry-After says
  assert.deepEqual(statuses(await burst(receiver, 5)), { 200: 5, 429: 0 });
  assert.deepEqual(receiver.stats().refused, { 429: 7 });
});

test('0.5 a second: one in two seconds, and Retry-After is rounded up', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 0.5 } });
  const startMs = performance.now();
  assert.equal((await deliver(receiver)).status, 200);
  const refused = await deliver(receiver);
  assert.deepEqual([refused.status, refused.retryAfter], [429, '2']);
  await pause(Number(refused.retryAfter) * 1_000);
  assert.equal((await deliver(receiver)).status, 200);
  assert.ok(performance.now() - startMs >= 2_000);
});

test('20 a second under pressure: never more, and nothing is given away', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 20 } });
  await deliver(receiver, { path: '/other' }); // the first request of a process is a slow one
  receiver.reset();
  const startMs = performance.now();
  while (performance.now() - startMs < 2_500) await burst(receiver, 8);
  const seconds = (performance.now() - startMs) / 1_000;
  const { accepted, ratePerSecondMax } = receiver.stats();
  assert.equal(ratePerSecondMax, 20);
  assert.ok(accepted <= 20 * Math.ceil(seconds), `${accepted} in ${seconds} s`);
  assert.ok(accepted >= 20 * Math.floor(seconds), `${accepted} in ${seconds} s`);
});

test('20 a second: a client that keeps to it is not refused', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 20 } });
  for (let index = 0; index < 30; index += 1) {
    assert.equal((await deliver(receiver)).status, 200, `request ${index}`);
    await pause(50);
  }
});

test('a request that comes a little early is answered in time, not before', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 1 } });
  await deliver(receiver, { path: '/other' }); // the first request of a process is a slow one
  const startMs = performance.now();
  await deliver(receiver);
  await pause(985);
  assert.equal((await deliver(receiver)).status, 200);
  assert.ok(performance.now() - startMs >= 1_000);
});

test('each path has its own limit, whatever its query', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 1 } });
  assert.equal((await deliver(receiver, { path: '/a?x=1' })).status, 200);
  assert.equal((await deliver(receiver, { path: '/b' })).status, 200);
  assert.equal((await deliver(receiver, { path: '/a?x=2' })).status, 429);
});

test('setting the mode starts the limiter again', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'ratelimit', rps: 1 } });
  await deliver(receiver);
  receiver.setMode({ mode: 'ratelimit', rps: 2 });
  assert.deepEqual(statuses(await burst(receiver, 3)), { 200: 2, 429: 1 });
});
