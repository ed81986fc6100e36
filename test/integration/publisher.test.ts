import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connectKafka } from '../../common/kafka/connection.ts';
import { internalModule } from '../../common/kafka/internals.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import { kafkaSettings } from '../support/broker.ts';
import { freshTopic, logger, readAll, record } from '../support/fresh-topic.ts';

test('records published one after the other to one partition are each sent', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const late = AbortSignal.timeout(10_000);
  const one = async () => {
    for (let n = 0; n < 5; n += 1) await publisher.publish(record(name, 0, n), Infinity);
  };
  const tooLate = once(late, 'abort').then(() => assert.fail('a record was never sent'));
  await Promise.race([one(), tooLate]);
});

test('the publisher writes each record once and in order within a partition', async (t) => {
  const { kafka, name } = await freshTopic(t, 3);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const count = 9_000;
  await Promise.all(
    Array.from({ length: count }, (_, n) => publisher.publish(record(name, n % 3, n), 30_000)),
  );
  const seen = await readAll(t, kafka, name);
  assert.equal(seen.length, count);
  for (const partition of [0, 1, 2]) {
    const values = seen.filter((s) => s.partition === partition).map((s) => s.value);
    const expected = Array.from({ length: count / 3 }, (_, i) => `v${i * 3 + partition}`);
    assert.deepEqual(values, expected);
  }
});

test('a record too large for its topic is refused and the others are written', async (t) => {
  const { kafka, name } = await freshTopic(t, 1, { 'max.message.bytes': '20000' });
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const big = { ...record(name, 0, 1), value: Buffer.alloc(30_000) };
  const outcomes = await Promise.allSettled([
    publisher.publish(record(name, 0, 0), 30_000),
    publisher.publish(big, 30_000),
    publisher.publish(record(name, 0, 2), 30_000),
  ]);
  assert.deepEqual(
    outcomes.map((o) => o.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const seen = await readAll(t, kafka, name);
  assert.deepEqual(
    seen.map((s) => s.value),
    ['v0', 'v2'],
  );
});

test('what a broker refuses for good is not sent a second time', async (t) => {
  const { kafka, name } = await freshTopic(t, 1, { 'max.message.bytes': '20000' });
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  await publisher.publish(record(name, 0, 0), 30_000);
  const { prototype } = internalModule<{ prototype: { produce(): Promise<unknown> } }>('broker');
  const { mock } = t.mock.method(prototype, 'produce');
  const big = { ...record(name, 0, 1), value: Buffer.alloc(30_000) };
  await assert.rejects(publisher.publish(big, 30_000), { code: 'message_too_large' });
  assert.equal(mock.callCount(), 1);
});

test('a refused record fails no other partition, and what shared its request is written once', async (t) => {
  const { kafka, name } = await freshTopic(t, 12, { 'max.message.bytes': '20000' });
  const publisher = createPublisher({ kafka, logger, inRounds: true });
  t.after(() => publisher.close());
  const big = { ...record(name, 5, 1), value: Buffer.alloc(30_000) };
  const fine = Array.from({ length: 120 }, (_, n) => record(name, n % 12, n));
  const refused = assert.rejects(publisher.publish(big, 30_000), { code: 'message_too_large' });
  await Promise.all([refused, ...fine.map((one) => publisher.publish(one, 30_000))]);
  const values = (await readAll(t, kafka, name)).map(({ value }) => value);
  assert.deepEqual(values.toSorted(), fine.map(({ value }) => value).toSorted());
});

test('what goes to a leader that is known takes none of the ways of kafkajs', async (t) => {
  const { kafka, name } = await freshTopic(t, 3);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  await publisher.publish(record(name, 0, 0), 30_000);
  const { prototype } = internalModule<{ prototype: { addMultipleTargetTopics(): unknown } }>(
    'cluster',
  );
  const { mock } = t.mock.method(prototype, 'addMultipleTargetTopics');
  for (let n = 1; n < 10; n += 1) await publisher.publish(record(name, n % 3, n), 30_000);
  assert.equal(mock.callCount(), 0);
  assert.equal((await readAll(t, kafka, name)).length, 10);
});

test('a record whose acknowledgement is lost is sent again, and is in the log once', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  await publisher.publish(record(name, 0, 0), 30_000);
  type Produce = (this: object, request: unknown) => Promise<unknown>;
  const { prototype } = internalModule<{ prototype: { produce: Produce } }>('broker');
  const { produce } = prototype;
  let lost = 0;
  t.mock.method(prototype, 'produce', async function (this: object, request: unknown) {
    const answer = await produce.call(this, request);
    if (lost >= 2) return answer;
    lost += 1;
    throw Object.assign(new Error('the connection closed'), { retriable: true });
  });
  for (let n = 1; n < 5; n += 1) await publisher.publish(record(name, 0, n), 30_000);
  assert.equal(lost, 2);
  const values = (await readAll(t, kafka, name)).map(({ value }) => value);
  assert.deepEqual(values, ['v0', 'v1', 'v2', 'v3', 'v4']);
});

test('without a broker a publish is refused within its deadline', async (t) => {
  const kafka = connectKafka(kafkaSettings({ brokers: ['127.0.0.1:1'] }), logger, 'nobody');
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close(0));
  const before = Date.now();
  await assert.rejects(publisher.publish(record('any', 0, 0), 1_000), {
    code: 'broker_unavailable',
  });
  assert.ok(Date.now() - before < 3_000);
});
