// Goal: the records of a topic of the user's are delivered in place, each once to each that takes
// it, with everything that deliveries have; nothing is copied but what has failed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { consoleProduce, runKafkaTool } from '../../support/kafka-tools.ts';
import { aTarget } from '../../support/target.ts';
import { uniquePrefix } from '../../support/broker.ts';
import { userTopics } from '../../support/user-topics.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 3;
const SOURCE_PARTITIONS = 5;

test('records of a source topic are events: matched, retried, dead-lettered, found, sent again, set back', async (t) => {
  const orders = `orders-${uniquePrefix()}`;
  const late = `late-${uniquePrefix()}`;
  const system = await aDeliverySystem(
    t,
    {
      ALLOW_TARGETS: '127.0.0.0/8',
      PARTITIONS: String(PARTITIONS),
      RETRY_SCHEDULE: '100ms',
      SOURCE_TOPICS: `${orders},${late}`,
      SOURCE_FROM: 'earliest',
      SOURCE_TO_DEFAULT: 'true',
    },
    { keep: 50 },
  );
  const { names, receiver } = system;
  const topics = await userTopics(system, t, SOURCE_PARTITIONS);
  await topics.make(orders);
  let paidStatus = 200;
  const { received, url } = await aTarget(t, ({ path }, response) => {
    response.writeHead(path === '/paid' ? paidStatus : 200).end();
  });
  const of = (path: string) => received.filter((one) => one.path === path);
  const consumer = system.start('consumer');
  const { ask } = await startConsole(system);
  const make = async (path: string, more: object = {}) => {
    const asked = { target_url: `${url}${path}`, from: 'earliest', ...more };
    const { status, json } = await ask('POST', '/subscriptions', asked);
    assert.equal(status, 201, JSON.stringify(json));
    return json.id as string;
  };
  await make('/all');
  const paid = await make('/paid', { event_types: ['order.paid'] });
  await make('/other', { event_types: ['something.else'] });

  const keys = Array.from({ length: 20 }, (_, n) => `user-${n}`);
  const values = keys.map((key) => ({ key, value: `{"of":"${key}"}` }));
  await consoleProduce(topics.brokers, orders, values, ['--compression-codec', 'zstd']);
  const headers = { 'event-type': 'order.paid', 'wh-attempt': '9', 'x-own': 'kept' };
  await topics.write(orders, [
    { key: 'user-1', value: '{"n":1}', headers },
    { value: 'no key', headers: { ...headers, 'content-type': 'text/csv' }, partition: 4 },
    { key: 'user-1', value: null },
  ]);
  await until(() => of('/all').length === 22 && of('/paid').length === 2, {
    describe: () => [received.length, consumer.output()],
  });
  const first = of('/paid').find(({ body }) => body === '{"n":1}') ?? assert.fail();
  const id = String(first.headers['webhook-id']);
  assert.match(id, new RegExp(`^${orders}-\\d-\\d+-${paid}$`));
  assert.equal(first.headers['event-type'], 'order.paid');
  assert.equal(first.headers['content-type'], 'application/json');
  assert.equal(first.headers['webhook-attempt'], '1');
  const typed = of('/paid').find(({ body }) => body === 'no key') ?? assert.fail();
  assert.equal(typed.headers['content-type'], 'text/csv');
  assert.ok(of('/all').some(({ headers }) => headers['event-type'] === orders));
  assert.equal(of('/other').length, 0);

  // The endpoint of WEBHOOK_URL has the same, under the ids of the events themselves.
  await until(() => receiver.stats().distinct === 22);
  const ids = receiver.deliveries(50).map(({ headers }) => String(headers['webhook-id']));
  assert.ok(ids.includes(id.replace(`-${paid}`, '')), String(ids));

  // Nothing is copied of what is delivered at once.
  assert.deepEqual(await system.records(names.deliveries), []);
  assert.deepEqual(await system.records(names.retry(100)), []);

  // A delivery that fails goes to our retry and dead letters, in the partition of its user.
  paidStatus = 500;
  await topics.write(orders, [{ key: 'user-7', value: '{"n":2}', headers }]);
  const dead = async () =>
    (await ask('GET', '/dead-letters')).json.dead_letters as { id: string }[];
  await until(async () => (await dead()).length === 1, { describe: consumer.output });
  const [record] = await system.records(names.deadLetters);
  assert.equal(record?.partition, partitionOf('user-7', PARTITIONS));
  assert.equal(record?.key, 'user-7');
  assert.equal(record?.headers['__dlq.errors.topic'], orders);
  assert.equal(record?.headers['x-own'], 'kept');
  const failed = record?.headers['webhook-id'] as string;
  paidStatus = 200;
  const again = await ask('POST', `/deliveries/${failed}/resend`);
  assert.equal(again.status, 202, JSON.stringify(again.json));
  await until(() => of('/paid').filter(({ body }) => body === '{"n":2}').length === 3);

  // Found by its id, with its body; sent again under the same id, to its endpoint alone.
  const found = await ask('GET', `/deliveries/${id}`);
  assert.equal(found.json.state, 'delivered', JSON.stringify(found.json));
  assert.equal(found.json.topic, orders);
  assert.deepEqual((await ask('GET', `/deliveries/${id}/body`)).json, { n: 1 });
  assert.equal((await ask('POST', `/deliveries/${id}/resend`)).status, 202);
  await until(() => of('/paid').filter(({ headers }) => headers['webhook-id'] === id).length === 2);
  assert.equal(of('/all').length, 23);

  // A replay of the topic sends the same ids once more.
  const asked = { from: 'earliest', topic: orders, subscription: paid };
  const replay = await ask('POST', '/replays', asked);
  assert.equal(replay.status, 202, JSON.stringify(replay.json));
  await until(() => of('/paid').filter(({ headers }) => headers['webhook-id'] === id).length === 3);

  // A topic that is not there is named, and is read once it is there.
  const alarms = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  await until(async () => (await alarms()).includes(`${late} does not exist`));
  assert.equal((await ask('GET', '/health/ready')).status, 200);
  await topics.make(late, 1);
  await topics.write(late, [{ key: 'user-1', value: 'late', partition: 0 }]);
  await until(() => of('/all').some(({ body }) => body === 'late'), { describe: consumer.output });
  await until(async () => !(await alarms()).includes('source-unreadable'));

  // Deleted while all runs, and made again: its new records are delivered, and the others' as well.
  await topics.remove(late);
  await until(async () => (await alarms()).includes(`${late} does not exist`));
  await topics.write(orders, [{ key: 'user-2', value: 'meanwhile' }]);
  await until(() => of('/all').some(({ body }) => body === 'meanwhile'));
  await topics.make(late, 1);
  await topics.write(late, [{ key: 'user-1', value: 'new', partition: 0 }]);
  await until(() => of('/all').some(({ body }) => body === 'new'), { describe: consumer.output });

  // Disabled, it misses nothing; enabled from now, it has nothing of what came meanwhile.
  const count = (path: string, body: string) => of(path).filter((one) => one.body === body).length;
  const enable = async (asked?: object) => {
    assert.equal((await ask('POST', `/subscriptions/${paid}/enable`, asked)).status, 200);
  };
  const wait = async (body: string) => {
    assert.equal((await ask('POST', `/subscriptions/${paid}/disable`)).status, 200);
    await topics.write(orders, [{ key: 'user-3', value: body, headers }]);
    await until(() => count('/all', body) === 1);
  };
  await wait('kept');
  assert.equal(count('/paid', 'kept'), 0);
  await enable();
  await until(() => count('/paid', 'kept') === 1, { describe: consumer.output });
  await wait('passed over');
  await enable({ from: 'now' });
  await topics.write(orders, [{ key: 'user-3', value: 'behind it', headers }]);
  await until(() => count('/paid', 'behind it') === 1);
  assert.equal(count('/paid', 'passed over'), 0);

  // Set back by Kafka's own tool, all of the topic goes out again, under the same ids.
  const idsAt = (path: string) => new Set(of(path).map(({ headers }) => headers['webhook-id']));
  const ofOrders = () =>
    of('/all').filter(({ headers }) => String(headers['webhook-id']).startsWith(`${orders}-`));
  await until(async () => {
    const { sources } = (await ask('GET', '/status')).json;
    return sources.find((one: { topic: string }) => one.topic === orders).lag === 0;
  });
  assert.equal(await consumer.end('SIGTERM'), 0);
  const [sent, known] = [ofOrders().length, idsAt('/all').size];
  const group = ['--group', names.deliveryGroup, '--topic', orders];
  const reset = [...group, '--reset-offsets', '--to-earliest', '--execute'];
  await runKafkaTool(topics.brokers, 'kafka-consumer-groups', ...reset);
  const next = system.start('consumer');
  await until(() => ofOrders().length === 2 * sent, { describe: () => [sent, next.output()] });
  assert.equal(idsAt('/all').size, known);
});

test('a source with more partitions than ours goes from one consumer to another: each once, in order', async (t) => {
  const clicks = `clicks-${uniquePrefix()}`;
  const env = { SOURCE_TOPICS: clicks, SOURCE_FROM: 'earliest', SOURCE_TO_DEFAULT: 'true' };
  const system = await aDeliverySystem(
    t,
    { ...env, PARTITIONS: String(PARTITIONS), ORDERING: 'key', CONCURRENCY: '8' },
    { keep: 2_000 },
  );
  const topics = await userTopics(system, t, SOURCE_PARTITIONS);
  await topics.make(clicks);
  const written = Array.from({ length: 1_500 }, (_, n) => {
    return { key: `user-${n % 30}`, value: JSON.stringify({ user: n % 30, n }) };
  });
  await topics.write(clicks, written.slice(0, 1_000));
  const [first, second] = [system.start('consumer'), system.start('consumer')];
  const stats = () => system.receiver.stats();
  await until(() => stats().distinct > 200, { describe: first.output });
  await topics.write(clicks, written.slice(1_000));
  assert.equal(await first.end('SIGTERM'), 0);
  await until(() => stats().distinct === 1_500, { describe: () => [stats(), second.output()] });
  assert.equal(stats().duplicates, 0);
  const bodies = system.receiver
    .deliveries(2_000)
    .toReversed()
    .map(({ body }) => {
      return JSON.parse(String(body)) as { user: number; n: number };
    });
  for (const [user, all] of Map.groupBy(bodies, (one) => one.user)) {
    const numbers = all.map(({ n }) => n);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      `user ${user}`,
    );
  }
  assert.deepEqual(await system.records(system.names.deadLetters), []);
});
