// Goal: a thousand subscriptions, three consumers: each match is delivered once, changes are seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { accept } from '../../support/accept.ts';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const SUBSCRIPTIONS = 1_000;
const EVENTS = 400;
const EVENTS_PER_SECOND = 100;
/** Subscriptions that are made side by side. */
const MADE_AT_ONCE = 20;
const SEEN_WITHIN_MS = 1_000;

/**
 * Returns the event types of subscription n: 900 have one type, 50 a group of types, 2 all, 48
 * types that nobody sends.
 */
function typesOf(n: number): readonly string[] {
  if (n < 900) return [typeOf(n)];
  if (n < 950) return [`group${n % 10}.*`, `other.type${n}`];
  return n < 952 ? [] : [`group${n % 10}`, `group${n % 10}.type${n % 10}.deeper`, 'other.*'];
}

/** A hundred types, in ten groups. */
const typeOf = (n: number) => `group${n % 10}.type${Math.floor(n / 10) % 10}`;

/** Who must get an event, said without our own matching. */
function isFor(n: number, event: number): boolean {
  if (n < 900) return n % 100 === event % 100;
  return n < 950 ? n % 10 === event % 10 : n < 952;
}

test('1,000 subscriptions and 100 events a second: each match once, each change seen', async (t) => {
  const system = await aDeliverySystem(t, { PARTITIONS: '12', ALLOW_TARGETS: '127.0.0.0/8' });
  const { received, url } = await aTarget(t);
  const consumers = [1, 2, 3].map(() => system.start('consumer'));
  const [{ ask }, { post }] = await Promise.all([startConsole(system), startApi(system)]);

  const ids: string[] = [];
  const make = async (first: number) => {
    for (let n = first; n < SUBSCRIPTIONS; n += MADE_AT_ONCE) {
      const asked = { target_url: `${url}/${n}`, event_types: typesOf(n) };
      const { status, json } = await ask('POST', '/subscriptions', asked);
      assert.equal(status, 201);
      ids[n] = json.id;
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, (_, first) => make(first)));

  const startedAtMs = Date.now();
  const asked: Promise<{ status: number }>[] = [];
  const expected: string[] = [];
  for (let n = 0; n < EVENTS; n += 1) {
    await sleep(Math.max(0, startedAtMs + (n * 1_000) / EVENTS_PER_SECOND - Date.now()));
    asked.push(post('/events', { type: typeOf(n), user_id: `user-${n % 50}`, data: { n } }));
    for (let to = 0; to < SUBSCRIPTIONS; to += 1) if (isFor(to, n)) expected.push(`/${to} ${n}`);
  }
  for (const { status } of await Promise.all(asked)) assert.equal(status, 202);
  const sentMs = Date.now() - startedAtMs;
  await until(() => received.length >= expected.length, { describe: () => received.length });
  const deliveredMs = Date.now() - startedAtMs;
  await untilDrained(system);
  const got = received.map(({ path, body }) => `${path} ${(JSON.parse(body) as { n: number }).n}`);
  assert.deepEqual(got.sort(), expected.sort());
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, got.length);
  t.diagnostic(`${expected.length} deliveries, sent in ${sentMs} ms, there in ${deliveredMs} ms`);

  // One of them is changed. Sixty deliveries of ten users lie in partitions of all three.
  assert.equal(
    (await system.shares()).length,
    consumers.length,
    'each has a part of the partitions',
  );
  const id = ids[0] as string;
  const headers = { 'wh-subscription': id };
  const paths = () => received.splice(0).map(({ path }) => path);
  paths();
  await ask('PATCH', `/subscriptions/${id}`, { target_url: `${url}/new` });
  await sleep(SEEN_WITHIN_MS);
  await accept(system, 'changed', 60, headers);
  await until(() => received.length >= 60);
  assert.deepEqual(paths(), Array(60).fill('/new'));

  // Disabled, what comes is kept; deleted, what was kept is cancelled and recorded as such.
  await ask('PATCH', `/subscriptions/${id}`, { enabled: false });
  await sleep(SEEN_WITHIN_MS);
  await accept(system, 'kept', 60, headers);
  await until(async () => (await system.lag()) >= 60, { everyMs: 100 });
  assert.equal((await ask('DELETE', `/subscriptions/${id}`)).status, 204);
  const cancelled = async () => {
    const asked = `/deliveries?status=cancelled&limit=500&subscription=${id}`;
    const { deliveries } = (await ask('GET', asked)).json as { deliveries: { error: string }[] };
    // Some wait in memory and are cancelled one by one, the others all at once.
    const counts = deliveries.map(({ error }) => Number(/: (\d+) of its/.exec(error)?.[1] ?? 1));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await until(async () => (await cancelled()) === 60, { everyMs: 100 });
  await untilDrained(system);
  await accept(system, 'late', 60, headers);
  await until(async () => (await cancelled()) === 120, { everyMs: 100 });
  await untilDrained(system);
  assert.deepEqual(paths(), []);
  for (const one of consumers) assert.equal(await one.end('SIGTERM'), 0);
});
