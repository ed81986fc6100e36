import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { BrokerConnections } from '../../../common/kafka/client/broker-connections.ts';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { errorTypeOf } from '../../../common/kafka/error-type.ts';
import { internalModule } from '../../../common/kafka/internals.ts';
import { BatchSender } from '../../../common/kafka/produce/batch-sender.ts';
import { PartitionQueue } from '../../../common/kafka/produce/partition-queue.ts';
import { requestProducerId } from '../../../common/kafka/produce/producer-id.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { kafkaSettings } from '../../support/broker.ts';
import { freshTopic, logger, readAll, record } from '../../support/fresh-topic.ts';

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
  const { prototype } = internalModule<{ prototype: { push(of: Pushed): void } }>(
    'network/requestQueue',
  );
  const { mock } = t.mock.method(prototype, 'push');
  const big = { ...record(name, 0, 1), value: Buffer.alloc(30_000) };
  await assert.rejects(publisher.publish(big, 30_000), { code: 'message_too_large' });
  const requests = mock.calls.map(({ arguments: [{ entry }] }) => entry.apiName);
  assert.deepEqual(requests.filter((one) => one === 'Produce').length, 1);
});

test('a refused record fails no other partition, and what shared its request is written once', async (t) => {
  const { kafka, name } = await freshTopic(t, 12, { 'max.message.bytes': '20000' });
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const big = { ...record(name, 5, 1), value: Buffer.alloc(30_000) };
  const fine = Array.from({ length: 120 }, (_, n) => record(name, n % 12, n));
  const refused = assert.rejects(publisher.publish(big, 30_000), { code: 'message_too_large' });
  await Promise.all([refused, ...fine.map((one) => publisher.publish(one, 30_000))]);
  const values = (await readAll(t, kafka, name)).map(({ value }) => value);
  assert.deepEqual(values.toSorted(), fine.map(({ value }) => value).toSorted());
});

test('a record whose acknowledgement is lost is sent again, and is in the log once', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  await publisher.publish(record(name, 0, 0), 30_000);
  const losing = loseAnswers(t, 2);
  for (let n = 1; n < 5; n += 1) await publisher.publish(record(name, 0, n), 30_000);
  assert.equal(losing.lost(), 2);
  assert.deepEqual(await valuesOf(t, kafka, name), ['v0', 'v1', 'v2', 'v3', 'v4']);
});

test('what nobody waits for any more is given up, and what comes after it is written', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  await publisher.publish(record(name, 0, 0), 30_000);
  const losing = loseAnswers(t, Infinity);
  const tooLate = publisher.publish(record(name, 0, 1), 100);
  await assert.rejects(tooLate, { code: 'broker_unavailable' });
  const next = publisher.publish(record(name, 0, 2), 30_000);
  losing.stop();
  await next;
  // The first one was written before its answer was lost. Had the next one its numbers, the broker
  // would take it for a repeat.
  assert.deepEqual(await valuesOf(t, kafka, name), ['v0', 'v1', 'v2']);
});

test('a broker that expects other numbers gets the batch under new ones, once and in order', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const connections = new BrokerConnections(kafka);
  t.after(() => connections.close());
  const renumbered: string[] = [];
  const producer = await requestProducerId(connections);
  const sender = new BatchSender({
    ...{ connections, logger, lingerMs: 0, transactionalId: null },
    producerId: () => Promise.resolve(producer),
    onWritten: (queue) => queue.written().forEach(({ resolve }) => resolve()),
    onRefused: (_queue, error) => assert.fail(error),
    onFailed: (_queue, error) => assert.fail(error),
    onRenumber(queue, error) {
      renumbered.push(errorTypeOf(error));
      queue.numbers.restart();
    },
  });
  t.after(() => sender.close());
  const queue = new PartitionQueue(name, 0);
  const send = async (n: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { record: record(name, 0, n), bytes: 100, expiresAtMs: Infinity };
    queue.add({ ...entry, resolve, reject }, 0);
    sender.offer(queue);
    await promise;
  };
  await send(0);
  await send(1);
  // As if the broker had lost the last five records that it had acknowledged.
  queue.numbers.written(5);
  await send(2);
  assert.deepEqual(renumbered, ['OUT_OF_ORDER_SEQUENCE_NUMBER']);
  // Another topic of the same name knows nothing of this producer.
  await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [name] }));
  await ensureTopics(kafka, [{ name, partitions: 1, settings: {} }], 1, logger);
  await send(3);
  await send(4);
  assert.deepEqual(await valuesOf(t, kafka, name), ['v3', 'v4']);
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

interface Pushed {
  readonly entry: { readonly apiName: string };
}

interface LosingConnection {
  readonly requestQueue: { readonly inflight: Map<number, Pushed> };
  readonly socket: { destroy(error: Error): void };
}

/** Ends connections as the answer to a produce request comes in: the broker has carried it out. */
function loseAnswers(t: TestContext, count: number) {
  let lost = 0;
  let left = count;
  type Process = (this: LosingConnection, bytes: Buffer) => void;
  const { prototype } = internalModule<{ prototype: { processData: Process } }>(
    'network/connection',
  );
  const { processData } = prototype;
  t.mock.method(prototype, 'processData', function (this: LosingConnection, bytes: Buffer) {
    const awaited = [...this.requestQueue.inflight.values()];
    if (left === 0 || !awaited.some(({ entry }) => entry.apiName === 'Produce')) {
      return processData.call(this, bytes);
    }
    left -= 1;
    lost += 1;
    this.socket.destroy(new Error('the network is gone'));
  });
  return { lost: () => lost, stop: () => void (left = 0) };
}

async function valuesOf(...of: Parameters<typeof readAll>) {
  return (await readAll(...of)).map(({ value }) => value);
}
