// Goal: a scan reads exactly its window of a topic, ends by itself whatever lies at the end, holds
// little in memory however slow its reader is, and is nobody's member.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { scanTopic } from '../../../common/kafka/consume/topic-scan.ts';
import { createTransactionalWriter } from '../../../common/kafka/produce/transactional-writer.ts';
import type { OutgoingRecord, RecordBatch } from '../../../common/kafka/ports.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { kafkaSettings, useBroker } from '../../support/broker.ts';
import { heldBytes } from '../../support/held-bytes.ts';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');
const MIB = 1024 ** 2;

async function freshTopic(t: TestContext, partitions: number) {
  const broker = await useBroker(t);
  const topic = `scan-${broker.uniquePrefix()}`;
  const kafka = connectKafka(kafkaSettings(broker), logger, topic);
  await ensureTopics(kafka, [{ name: topic, partitions, settings: {} }], 1, logger);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const record = (n: number, value = `v${n}`): OutgoingRecord => {
    return { topic, partition: n % partitions, key: null, value, headers: {} };
  };
  const fill = (count: number, value?: string) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => publisher.publish(record(n, value), 60_000)),
    );
  return { kafka, topic, record, fill };
}

interface Read {
  readonly batches: readonly RecordBatch[];
  readonly offsets: (partition: number) => readonly number[];
  readonly readTo: ReadonlyMap<number, number>;
}

async function readAll(scan: AsyncIterable<RecordBatch>): Promise<Read> {
  const batches: RecordBatch[] = [];
  for await (const batch of scan) batches.push(batch);
  return {
    batches,
    offsets: (partition) =>
      batches
        .filter((batch) => batch.partition === partition)
        .flatMap(({ records }) => records.map(({ offset }) => offset)),
    readTo: new Map(batches.map(({ partition, readTo }) => [partition, readTo])),
  };
}

test('an empty topic has nothing to read', async (t) => {
  const { kafka, topic } = await freshTopic(t, 3);
  assert.deepEqual((await readAll(scanTopic({ kafka, topic, logger }))).batches, []);
});

test('all is read in order, up to the end at the time of the call', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 3);
  await fill(300);
  const scan = scanTopic({ kafka, topic, logger });
  const first = await scan.next();
  await fill(300);
  const rest = await readAll(scan);
  const count = [...rest.batches, first.value as RecordBatch].flatMap((batch) => batch.records);
  assert.equal(count.length, 300);
  const again = await readAll(scanTopic({ kafka, topic, logger }));
  for (const partition of [0, 1, 2]) {
    const expected = Array.from({ length: 200 }, (_, n) => n);
    assert.deepEqual(again.offsets(partition), expected);
  }
});

test('a window is read exactly, partition by partition', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 3);
  await fill(300);
  const from = new Map([[0, 10]]);
  const to = new Map([
    [0, 90],
    [1, 5],
    [2, 0],
  ]);
  const read = await readAll(scanTopic({ kafka, topic, from, to, logger }));
  assert.deepEqual(
    read.offsets(0),
    Array.from({ length: 80 }, (_, n) => n + 10),
  );
  assert.deepEqual(read.offsets(1), [0, 1, 2, 3, 4]);
  assert.deepEqual(read.offsets(2), []);
  assert.deepEqual(
    read.readTo,
    new Map([
      [0, 90],
      [1, 5],
    ]),
  );
});

test('a partition that ends in markers of transactions ends the scan', async (t) => {
  const { kafka, topic, record } = await freshTopic(t, 2);
  const transactionalId = `${topic}-writer`;
  const writer = createTransactionalWriter({ kafka, transactionalId, logger });
  t.after(() => writer.close());
  await writer.fence();
  for (const n of [0, 2, 4]) await writer.write([record(n)]);
  const read = await readAll(scanTopic({ kafka, topic, logger }));
  // Offsets 1, 3 and 5 are commit markers.
  assert.deepEqual(read.offsets(0), [0, 2, 4]);
  assert.equal(read.readTo.get(0), 6);
  const markers = await readAll(scanTopic({ kafka, topic, from: new Map([[0, 5]]), logger }));
  assert.deepEqual(markers.offsets(0), []);
  assert.equal(markers.readTo.get(0), 6);
});

test('what retention has deleted is passed over', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 1);
  await fill(100);
  await deleteRecords(kafka, topic, new Map([[0, 60]]));
  const read = await readAll(scanTopic({ kafka, topic, from: new Map([[0, 20]]), logger }));
  assert.equal(read.offsets(0)[0], 60);
  assert.equal(read.offsets(0).length, 40);
});

test('a scan joins no group, and its loop may be left early', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 2);
  await fill(2_000);
  for await (const { records } of scanTopic({ kafka, topic, logger })) {
    assert.ok(records.length > 0);
    const { groups } = await withAdmin(kafka, (admin) => admin.listGroups());
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.startsWith(topic)),
      [],
    );
    break;
  }
});

test('the end of an open transaction is waited for, and other partitions are not held up', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 2);
  await fill(10);
  const producer = kafka.client.producer({
    ...{ transactionalId: `${topic}-open`, idempotent: true, maxInFlightRequests: 1 },
  });
  await producer.connect();
  t.after(() => producer.disconnect());
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'late', partition: 0 }] });
  await fill(10);
  const scan = scanTopic({ kafka, topic, logger });
  const read: RecordBatch[] = [];
  for (let left = 2; left > 0; left -= 1) read.push((await scan.next()).value as RecordBatch);
  assert.deepEqual(read.map(({ partition, readTo }) => [partition, readTo]).sort(), [
    [0, 5],
    [1, 10],
  ]);
  await transaction.commit();
  const rest = await readAll(scan);
  assert.deepEqual(rest.offsets(0), [5, 6, 7, 8, 9, 10]);
});

test('a slow reader of 50,000 records gets all of them, and few wait in memory', async (t) => {
  const { kafka, topic, fill } = await freshTopic(t, 4);
  const count = 50_000;
  await fill(count, 'x'.repeat(1_500));
  const before = heldBytes();
  let most = 0;
  let seen = 0;
  let batches = 0;
  for await (const { records } of scanTopic({ kafka, topic, logger })) {
    seen += records.length;
    batches += 1;
    if (batches % 20 !== 1) continue;
    if (batches === 1) {
      // Long enough to fetch everything, if nothing held it back.
      await sleep(1_000);
    }
    most = Math.max(most, heldBytes() - before);
  }
  t.diagnostic(`${batches} batches, at most ${Math.round(most / MIB)} MiB held of 72`);
  assert.equal(seen, count);
  assert.ok(most < 36 * MIB, `${most} bytes`);
});

test('without a broker the scan is refused', async () => {
  const nowhere = kafkaSettings({ brokers: ['127.0.0.1:1'] });
  const kafka = connectKafka(nowhere, logger, 'nobody');
  await assert.rejects(readAll(scanTopic({ kafka, topic: 'any', logger })), {
    code: 'broker_unavailable',
  });
});
