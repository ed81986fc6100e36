// An event is one record in the log: each subscription that takes its type gets its delivery of it
// once, whichever other endpoint is slow, away, disabled or deleted meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { aManyPathReceiver, subscribed } from '../../support/subscribed.ts';
import { until } from '../../support/until.ts';

const CONCURRENCY = 16;
/** Until all consumers know of a change. */
const SEEN_WITHIN_MS = 1_000;
const ENV = {
  ALLOW_TARGETS: '127.0.0.0/8',
  PARTITIONS: '4',
  CONCURRENCY: String(CONCURRENCY),
  RETRY_SCHEDULE: '1s,1s',
};

/** A receiver that takes everything but on some paths, and the ids by path in their order. */
async function aTaker(t: TestContext) {
  const byPath = new Map<string, string[]>();
  const of = (path: string) => byPath.get(path) ?? byPath.set(path, []).get(path) ?? [];
  const hanging = new Set<string>();
  const url = await aManyPathReceiver(t, ({ id, path }, response) => {
    if (hanging.has(path)) return;
    of(path).push(id);
    response.end();
  });
  const distinct = (path: string) => new Set(of(path)).size;
  return {
    url,
    of,
    hanging,
    distinct,
    repeats: (path: string) => of(path).length - distinct(path),
  };
}

async function recordsOf(system: DeliverySystem): Promise<number> {
  return (await system.records(system.names.deliveries)).length;
}

test('an event is one record: from now, from a time and from the start, disabled and enabled, deleted', async (t) => {
  const { url, of, distinct } = await aTaker(t);
  const system = await aDeliverySystem(t, ENV);
  system.start('consumer');
  const [{ ask }, { post }] = await Promise.all([startConsole(system), startApi(system)]);
  const make = async (path: string, more: object = {}) => {
    const asked = { target_url: `${url}/${path}`, ...more };
    const { status, json } = await ask('POST', '/subscriptions', asked);
    assert.equal(status, 201, JSON.stringify(json));
    return json.id as string;
  };
  const publish = async (type: string, count: number) => {
    const data = { sentAtMs: 1 };
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) => post('/events', { type, user_id: `u${n}`, data })),
    );
    for (const { status, json } of answers)
      assert.deepEqual(Object.keys(json), ['id'], `${status}`);
    return answers.map(({ json }) => json.id as string);
  };

  const all = await make('all');
  const orders = await make('orders', { event_types: ['order.*'] });
  const off = await make('off', { enabled: false });
  const ids = await publish('order.paid', 50);
  await publish('user.gone', 10);
  assert.equal(await recordsOf(system), 60);
  await until(() => distinct('/all') === 60 && distinct('/orders') === 50);
  assert.deepEqual([...of('/orders')].sort(), ids.map((id) => `${id}-${orders}`).sort());

  // A new one has nothing of before, one from the start all, one from a time what came since.
  const sinceMs = Date.now();
  const late = await publish('order.paid', 5);
  await make('now');
  await make('start', { from: 'earliest' });
  await make('since', { from: new Date(sinceMs).toISOString(), event_types: ['order.paid'] });
  await until(() => distinct('/start') === 65 && distinct('/since') === 5);
  await publish('order.paid', 7);
  await until(() => distinct('/now') === 7 && distinct('/start') === 72);
  await until(() => distinct('/since') === 12);
  assert.ok(late.every((id) => of('/since').some((one) => one.startsWith(`${id}-`))));
  // Once they have caught up, nothing is left of their cursors but that of the disabled one.
  const behind = async () => [...new Set((await system.cursors()).map(({ endpoint }) => endpoint))];
  await until(async () => (await behind()).join() === off, { everyMs: 100 });

  // Disabled, its events wait; enabled, it goes on where it stopped.
  assert.equal((await ask('GET', `/deliveries/${ids[0]}-${off}`)).json.state, 'waiting');
  await ask('POST', `/subscriptions/${off}/enable`);
  await until(() => distinct('/off') === 72);

  // Enabled from now on, it leaves out what came meanwhile: one line for each partition says so.
  await ask('POST', `/subscriptions/${off}/disable`);
  await sleep(SEEN_WITHIN_MS);
  await publish('order.paid', 40);
  await until(() => distinct('/now') === 47);
  await ask('POST', `/subscriptions/${off}/enable`, { from: 'now' });
  await publish('order.paid', 3);
  await until(() => distinct('/now') === 50);
  await until(() => distinct('/off') === 75);
  const cancelledOf = async (id: string) => {
    const { json } = await ask('GET', `/deliveries?status=cancelled&subscription=${id}`);
    const errors = (json.deliveries as { error: string }[]).map(({ error }) => error);
    return {
      lines: errors.length,
      count: errors.reduce((sum, error) => sum + Number(/: (\d+) of its/.exec(error)?.[1]), 0),
    };
  };
  await until(async () => (await cancelledOf(off)).count === 40);

  // Deleted, what it had left is settled without a line for each.
  await ask('POST', `/subscriptions/${all}/disable`);
  await sleep(SEEN_WITHIN_MS);
  await publish('order.paid', 200);
  await until(() => distinct('/now') === 250);
  const before = distinct('/all');
  assert.equal((await ask('DELETE', `/subscriptions/${all}`)).status, 204);
  await until(async () => (await cancelledOf(all)).count === 200);
  assert.ok((await cancelledOf(all)).lines <= 4);
  assert.equal(distinct('/all'), before);
  await untilDrained(system);
  await until(async () => (await behind()).length === 0, { everyMs: 100 });
  for (const path of ['/now', '/start', '/since', '/off', '/orders']) {
    assert.equal(of(path).length, distinct(path), `${path} has nothing twice`);
  }
});

test('who hangs holds up no event of the others, and kill -9 repeats little', async (t) => {
  const { url, of, hanging, distinct, repeats } = await aTaker(t);
  const system = await aDeliverySystem(t, { ...ENV, DELIVERY_TIMEOUT_MS: '20000' });
  const { save } = subscribed(t, system);
  const names = Array.from({ length: 30 }, (_, n) => `s${n}`);
  for (const name of names) {
    const ordering = name === 's1' ? ('key' as const) : null;
    await save({ id: `sub_${name}`, targetUrl: `${url}/${name}`, ordering });
  }
  hanging.add('/s0');
  const first = system.start('consumer');
  const { post } = await startApi(system);
  const events = 400;
  const publish = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, async (_, n) => {
        const asked = { type: 'a', user_id: `u${(from + n) % 10}`, data: { sentAtMs: 1 } };
        assert.equal((await post('/events', asked)).status, 202);
      }),
    );
  await publish(0, events / 2);
  const healthy = names.slice(1);
  await until(() => healthy.every((name) => distinct(`/${name}`) === events / 2), {
    describe: first.output,
  });
  await until(async () => (await system.cursors()).some(({ endpoint }) => endpoint === 'sub_s0'));
  await publish(events / 2, events);
  await until(() => distinct('/s5') > events * 0.75);
  await first.end('SIGKILL');
  hanging.clear();
  const second = system.start('consumer');
  await until(() => names.every((name) => distinct(`/${name}`) === events), {
    timeoutMs: 60_000,
    describe: second.output,
  });
  await untilDrained(system);
  const repeated = names.reduce((sum, name) => sum + repeats(`/${name}`), 0);
  t.diagnostic(`${repeated} repeats of ${events * names.length}`);
  assert.equal(await recordsOf(system), events);
  const firsts = [...new Set(of('/s1'))];
  assert.equal(firsts.length, events);
});
