// An endpoint that cannot keep up goes on from a cursor of its own: the others do not wait for it,
// nothing is written again for it, and it gets all of it once it can take it.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeCursorMark } from '../../../common/kafka/positions/cursor-mark.ts';
import { AT_RISK_FACTOR } from '../../../consumer/delivery-loop.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { aManyPathReceiver, subscribed } from '../../support/subscribed.ts';
import { until } from '../../support/until.ts';

const CONCURRENCY = 16;
const ENV = {
  ALLOW_TARGETS: '127.0.0.0/8',
  PARTITIONS: '4',
  CONCURRENCY: String(CONCURRENCY),
  RETRY_SCHEDULE: '1s,1s',
};
const USERS = 10;
const user = (n: number) => `user-${n % USERS}`;

/** A receiver that takes everything, and its ids by path in their order, repeats included. */
async function aTaker(t: TestContext) {
  /** By path, where something else is answered. */
  const answers = new Map<string, (response: ServerResponse) => void>();
  const byPath = new Map<string, string[]>();
  const of = (path: string) => byPath.get(path) ?? byPath.set(path, []).get(path) ?? [];
  const url = await aManyPathReceiver(t, ({ id, path }, response) => {
    const answer = answers.get(path);
    if (answer) return answer(response);
    of(path).push(id);
    response.end();
  });
  return {
    ...{ url, of, answers },
    distinct: (path: string) => new Set(of(path)).size,
    repeats: (path: string) => of(path).length - new Set(of(path)).size,
  };
}

test('disabled, killed with -9 and enabled again: each delivery once, in order where asked, and none written again', async (t) => {
  const { url, ...accepted } = await aTaker(t);
  const system = await aDeliverySystem(t, ENV);
  const { save, send } = subscribed(t, system);
  const off = { id: 'sub_off', targetUrl: `${url}/off` };
  const sorted = { id: 'sub_sorted', targetUrl: `${url}/sorted`, ordering: 'key' as const };
  for (const one of [off, sorted]) await save({ ...one, state: 'disabled' });
  await save({ id: 'sub_on', targetUrl: `${url}/on` });
  const waiting = 4_000;
  const each = async (from: number, count: number, onFirst = 0) => {
    const all: Promise<void>[] = [];
    for (let n = from; n < from + count; n += 1) {
      all.push(send('sub_off', `off-${n}`, user(n)), send('sub_sorted', `sorted-${n}`, user(n)));
      if (n % 10 === onFirst) all.push(send('sub_on', `on-${n}`, user(n)));
      if (n % 500 === 0) await Promise.all(all.splice(0));
    }
    await Promise.all(all);
  };
  const first = system.start('consumer');
  await each(0, waiting / 2);
  await until(() => accepted.distinct('/on') === waiting / 20, { describe: first.output });
  const left = async () => {
    const cursors = await system.cursors();
    const marks = cursors.map(({ offset, metadata }) => decodeCursorMark(offset, metadata));
    return marks.reduce((sum, mark) => sum + (mark?.left ?? NaN), 0);
  };
  await until(async () => (await left()) === waiting, { describe: first.output });
  await each(waiting / 2, waiting / 2);
  await until(() => accepted.distinct('/on') === waiting / 10, { describe: first.output });
  await until(async () => (await left()) === 2 * waiting, { describe: first.output });
  assert.deepEqual([accepted.of('/off'), accepted.of('/sorted')], [[], []]);

  for (const one of [off, sorted]) await save({ ...one, state: 'enabled' });
  const half = () => accepted.of('/off').length + accepted.of('/sorted').length >= waiting;
  await until(half, { everyMs: 1, describe: first.output });
  await first.end('SIGKILL');
  const beforeKill = { off: accepted.of('/off').length, sorted: accepted.of('/sorted').length };
  const second = system.start('consumer');
  await untilDrained(system);
  for (const path of ['/off', '/sorted']) {
    assert.equal(accepted.distinct(path), waiting, second.output());
  }
  const repeats = accepted.repeats('/off') + accepted.repeats('/sorted');
  t.diagnostic(`accepted before kill -9 ${JSON.stringify(beforeKill)}, repeats ${repeats}`);
  assert.ok(repeats <= CONCURRENCY * AT_RISK_FACTOR, `${repeats} repeats`);
  assert.equal(accepted.repeats('/on'), 0);
  for (let n = 0; n < USERS; n += 1) {
    // A repeat may come again, but nothing comes before what it follows.
    const firsts = [...new Set(accepted.of('/sorted'))].map((id) => Number(id.split('-')[1]));
    const own = firsts.filter((one) => one % USERS === n);
    assert.deepEqual(
      own,
      own.toSorted((a, b) => a - b),
      `order of ${user(n)}`,
    );
  }
  const { names } = system;
  assert.equal((await system.records(names.retry(1_000))).length, 0, 'nothing is written again');
  await until(async () => (await system.cursors()).length === 0, { describe: second.output });
});

test('ordered endpoints that are slow, however many, rest, are down or disabled hold up nobody and keep their order', async (t) => {
  const { url, answers, ...accepted } = await aTaker(t);
  const RETRY_SCHEDULE = Array.from({ length: 20 }, () => '1s').join();
  const system = await aDeliverySystem(t, { ...ENV, RETRY_SCHEDULE });
  const { save, send } = subscribed(t, system);
  const closed = ['rests', 'down', 'off'].map((name) => {
    return { id: `sub_${name}`, targetUrl: `${url}/${name}`, ordering: 'key' as const };
  });
  const [, , off] = closed as [unknown, unknown, (typeof closed)[number]];
  // None of them has a large part of what fills the partition.
  const slow = Array.from({ length: 6 }, (_, n) => `slow_${n}`);
  const slowOne = (name: string) => {
    return { id: `sub_${name}`, targetUrl: `${url}/${name}`, ordering: 'key' as const };
  };
  await save({ id: 'sub_other', targetUrl: `${url}/other` });
  const consumer = system.start('consumer');
  let others = 0;
  /** How long each of some deliveries of the same user to the neighbour takes, ms. */
  const take = async (isEnough: () => boolean) => {
    const times: number[] = [];
    while (times.length < 20 || !isEnough()) {
      const sentAtMs = performance.now();
      others += 1;
      await send('sub_other', `other-${others}`, 'u');
      await until(() => accepted.distinct('/other') === others, {
        everyMs: 1,
        describe: consumer.output,
      });
      times.push(performance.now() - sentAtMs);
      await sleep(20);
    }
    return times;
  };
  await take(() => true);
  const alone = await take(() => true);

  answers.set('/rests', (response) => response.writeHead(429, { 'retry-after': '3600' }).end());
  answers.set('/down', (response) => response.writeHead(503).end());
  for (const one of closed) await save({ ...one, state: one === off ? 'disabled' : 'enabled' });
  for (const name of slow) await save({ ...slowOne(name), rateLimit: 1 });
  const backlog = 900;
  const queue = 300;
  // Some more users, so that the circuit opens as soon as one can.
  const sends = ['u', 'v', 'w'].flatMap((key) =>
    closed.flatMap(({ id }) =>
      Array.from({ length: queue }, (_, n) => send(id, `${key}-${n}`, key)),
    ),
  );
  const numbers = Array.from({ length: backlog }, (_, n) => n);
  const slowSends = numbers.flatMap((n) => {
    return slow.map((name) => send(`sub_${name}`, `${name}-${n}`, 'u'));
  });
  await Promise.all([...sends, ...slowSends]);
  // The last of them to be detached is the one whose circuit has to open.
  const isDetached = () => /"sub_down".*endpoint\.detached/.test(consumer.output());
  const besideAll = [...(await take(isDetached)), ...(await take(() => true))];
  const median = (times: readonly number[]) => times.toSorted((x, y) => x - y)[times.length >> 1];
  const [before = NaN, beside = NaN] = [median(alone), median(besideAll)];
  const longest = Math.max(...besideAll).toFixed(0);
  t.diagnostic(
    `${before.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside, the longest ${longest} ms`,
  );
  assert.ok(beside <= 5 * before, `${beside} ms, and ${before} ms alone`);
  for (const name of slow) {
    assert.ok(accepted.of(`/${name}`).length < 100, 'it still has its backlog');
  }

  answers.clear();
  for (const one of closed) await save({ ...one, state: 'enabled', resumedAt: Date.now() });
  for (const name of slow) await save({ ...slowOne(name), rateLimit: null });
  await untilDrained(system);
  for (const name of slow) {
    assert.deepEqual(
      accepted.of(`/${name}`),
      numbers.map((n) => `${name}-${n}`),
    );
  }
  for (const path of ['/rests', '/down', '/off']) {
    for (const key of ['u', 'v', 'w']) {
      const own = accepted.of(path).filter((id) => id.startsWith(key));
      assert.deepEqual(
        own,
        Array.from({ length: queue }, (_, n) => `${key}-${n}`),
        path,
      );
    }
  }
});
