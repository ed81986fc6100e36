// Goal: a partition is read at any offset, without a group: what a group would get there, whatever
// lies in the log; and a broker that was away is read from again.
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../../../common/kafka/client/connection.ts';
import { openCursorStore } from '../../../common/kafka/consume/cursor-store.ts';
import { offsetsPartitionOf } from '../../../common/kafka/client/offsets-partition.ts';
import { openPartitionReader } from '../../../common/kafka/consume/partition-reader.ts';
import type { ReadAt } from '../../../common/kafka/consume/partition-reader.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics } from '../../../common/kafka/admin/topic-admin.ts';
import type { OutgoingRecord } from '../../../common/kafka/ports.ts';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { kafkaSettings } from '../../support/broker.ts';
import { watchFetches } from '../../support/fetch-watch.ts';
import { freshTopic, logger, record } from '../../support/fresh-topic.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { until } from '../../support/until.ts';

const MAX_BYTES = 512 * 1024;

async function aReader(t: TestContext, kafka: KafkaConnection, topic: string) {
  const reader = await openPartitionReader({ kafka, logger });
  t.after(() => reader.close());
  const one = { topic, partition: 0, maxBytes: MAX_BYTES };
  return (offset: number, further: Partial<ReadAt> = {}) =>
    reader.read({ ...one, offset, ...further });
}

function offsetsOf({ records }: { records: readonly { offset: number }[] }): readonly number[] {
  return records.map(({ offset }) => offset);
}

/** Writes records in one batch. */
async function publish(kafka: KafkaConnection, records: readonly OutgoingRecord[]): Promise<void> {
  const publisher = createPublisher({ kafka, logger });
  await Promise.all(records.map((one) => publisher.publish(one, 30_000)));
  await publisher.close();
}

test('a batch that is taken in pieces is fetched once', async (t) => {
  const { kafka, name: topic } = await freshTopic(t, 1);
  await publish(
    kafka,
    Array.from({ length: 10 }, (_, n) => record(topic, 0, n)),
  );
  const read = await aReader(t, kafka, topic);
  await read(0);
  const fetches = watchFetches(t).all;
  const pieces = [];
  for (let at = 0; at < 10;) {
    const piece = await read(at, { recordsMax: 4 });
    pieces.push(offsetsOf(piece));
    at = piece.readTo;
  }
  assert.deepEqual(pieces, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  assert.equal(fetches.length, 1);
  assert.deepEqual(offsetsOf(await read(2, { recordsMax: 2 })), [2, 3], 'another one is behind');
  assert.equal(fetches.length, 1);
  await read(0, { recordsMax: 4, logId: 'another log' });
  assert.equal(fetches.length, 2, 'nothing is kept for it');
  await publish(kafka, [record(topic, 0, 10)]);
  assert.deepEqual(offsetsOf(await read(10, { recordsMax: 4 })), [10]);
});

test('what is committed is read from any offset on, and what has no record is counted', async (t) => {
  const { kafka, name: topic } = await freshTopic(t, 2);
  const read = await aReader(t, kafka, topic);
  assert.deepEqual(await read(0), { records: [], readTo: 0, low: 0 });

  await publish(
    kafka,
    [0, 1, 2, 3, 4].map((n) => record(topic, 0, n)),
  );
  const begin = async (id: string) => {
    const producer = kafka.client.producer({ transactionalId: `${topic}-${id}` });
    t.after(() => producer.disconnect());
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, key: id, value: id }] });
    return transaction;
  };
  // 5, 6 and 7, then their three markers.
  const outer = await begin('outer');
  const inner = await begin('inner');
  const last = await begin('last');
  const { records, ...whole } = await read(0);
  assert.deepEqual(whole, { readTo: 5, low: 0 }, 'an open transaction ends the log');
  assert.deepEqual(await read(5), { records: [], readTo: 5, low: 0 });
  assert.deepEqual(
    records.map(({ key, value, headers, ...at }) => [at.topic, at.partition, key, value, headers]),
    [0, 1, 2, 3, 4].map((n) => [topic, 0, `k${n}`, Buffer.from(`v${n}`), { n: String(n) }]),
  );
  await inner.abort();
  await outer.abort();
  await last.commit();
  // The broker answers before the markers are in the log.
  await until(async () => (await read(5)).readTo === 11);

  const from = async (offset: number) => {
    const range = await read(offset);
    return { offsets: offsetsOf(range), readTo: range.readTo };
  };
  assert.deepEqual(await from(3), { offsets: [3, 4, 7], readTo: 11 }, 'from within a batch');
  assert.deepEqual(await from(6), { offsets: [7], readTo: 11 }, 'from within what was aborted');
  assert.deepEqual(await from(8), { offsets: [], readTo: 11 }, 'markers only');
  assert.deepEqual(await from(11), { offsets: [], readTo: 11 }, 'the end of the log');
  const cut = await read(0, { maxBytes: 1 });
  assert.deepEqual([offsetsOf(cut), cut.readTo], [[0, 1, 2, 3, 4], 5], 'a whole batch at least');
  await assert.rejects(read(12), { code: 'topic_mismatch', message: /ends at 11/ });
  await assert.rejects(read(0, { partition: 2 }), { code: 'broker_unavailable', retryable: true });

  await deleteRecords(kafka, topic, new Map([[0, 4]]));
  assert.deepEqual(await read(2), { records: [], readTo: 4, low: 4 }, 'retention has taken it');
  const rest = await read(4);
  assert.deepEqual([offsetsOf(rest), rest.low], [[4, 7], 4]);
});

test('damaged and compressed batches are read, and a broker that was killed serves again', async (t) => {
  const broker = await ownBroker(t);
  const topic = 'own';
  const kafka = connectKafka(kafkaSettings({ brokers: [broker.address] }), logger, 'test-own');
  const settings = { 'compression.type': 'zstd' };
  await ensureTopics(kafka, [{ name: topic, partitions: 2, settings }], 1, logger);
  const read = await aReader(t, kafka, topic);
  const store = await openCursorStore({ kafka, groupPrefix: 'own.delivery.', logger });
  t.after(() => store.close());
  const batch = (partition: number) => [0, 1, 2].map((n) => record(topic, partition, n));
  await publish(kafka, batch(0));
  await publish(kafka, batch(0));
  await publish(kafka, batch(1));
  const cursor = { endpoint: 'a', topic, partition: 0, offset: 1, metadata: 'before' };
  await store.commit([cursor]);
  // The list of groups is known to be whole only if we know in which partition each one lies.
  const group = `own.delivery.${cursor.endpoint}`;
  const isHolder = (folder: string) => folder.startsWith('__consumer_offsets-');
  const holders = readdirSync(broker.logDir).filter(isHolder).length;
  const holder = `__consumer_offsets-${offsetsPartitionOf(group, holders)}`;
  const segment = (folder: string) => join(broker.logDir, folder, '00000000000000000000.log');
  assert.ok(readFileSync(segment(holder)).includes(group), holder);

  damageFirstRecord(segment(`${topic}-0`));
  const [damaged, beside] = await Promise.all([read(1), read(1, { partition: 1 })]);
  assert.deepEqual(offsetsOf(beside), [1, 2]);
  assert.deepEqual([offsetsOf(damaged), damaged.readTo], [[2, 3, 4, 5], 6]);
  const [first, ...others] = damaged.records.map(({ undecodable }) => undecodable);
  assert.deepEqual([first?.firstOffset, first?.lastOffset], [0, 2]);
  assert.match(first?.reason ?? '', /checksum/);
  assert.deepEqual(others, [undefined, undefined, undefined]);

  await broker.end('kill');
  const unavailable = { code: 'broker_unavailable', retryable: true };
  await assert.rejects(read(3), unavailable);
  await broker.start();
  await store.commit([{ ...cursor, offset: 2, metadata: 'after' }]);
  const cursors = await store.load(new Map([[topic, [0, 1]]]));
  assert.deepEqual(cursors, [{ ...cursor, offset: 2, metadata: 'after' }]);
  assert.deepEqual(offsetsOf(await read(0, { partition: 1 })), [0, 1, 2]);
});

function damageFirstRecord(segment: string): void {
  const headBytes = 61;
  assert.ok(existsSync(segment));
  const file = openSync(segment, 'r+');
  writeSync(file, Buffer.from([0xff, 0xff]), 0, 2, headBytes + 2);
  closeSync(file);
}
