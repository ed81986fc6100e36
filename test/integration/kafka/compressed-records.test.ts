// Goal: whatever codec the records were written with, each is delivered once; and a batch that
// nobody can read costs its own records only.
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32c } from '@node-rs/crc32';
import { readBatchHead } from '../../../common/kafka/protocol/batch-head.ts';
import type { BatchHead } from '../../../common/kafka/protocol/batch-head.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { logger } from '../../support/fresh-topic.ts';
import { consoleProduce } from '../../support/kafka-tools.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { until } from '../../support/until.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const TOPIC_CONFIG = 2;
const KEEP = 1_000;
/** From the beginning of a batch. */
const LENGTH_AT = 8;
const CHECKSUM_AT = 17;
const SUMMED_FROM = 21;
const HEAD_BYTES = 61;

/** Records whose ids begin with this, in one batch. */
async function publish({ kafka, names }: DeliverySystem, partition: number, id: string, count = 5) {
  const publisher = createPublisher({ kafka, logger });
  const records = Array.from({ length: count }, (_, n) => ({
    ...{ topic: names.deliveries, partition, key: `user-${n}` },
    value: JSON.stringify({ text: 'the same again and again '.repeat(20) }),
    headers: { 'webhook-id': `${id}-${n}` },
  }));
  await Promise.all(records.map((record) => publisher.publish(record, 30_000)));
  await publisher.close();
  return records.map(({ headers }) => headers['webhook-id']);
}

async function compressTopic({ kafka, names }: DeliverySystem, codec: string): Promise<void> {
  const configEntries = [{ name: 'compression.type', value: codec }];
  const resource = { type: TOPIC_CONFIG, name: names.deliveries, configEntries };
  await withAdmin(kafka, (admin) =>
    admin.alterConfigs({ validateOnly: false, resources: [resource] }),
  );
}

/** The batches of a partition's first segment, as they lie on the disk. */
function batchesOf(segment: string): (BatchHead & { readonly at: number })[] {
  const bytes = readFileSync(segment);
  const batches = [];
  for (let at: number | null = 0; at !== null;) {
    const head = readBatchHead(bytes, at);
    if (!head) break;
    batches.push({ ...head, at });
    at = head.end;
  }
  return batches;
}

/** Changes bytes of the last batch where it lies; the broker hands out what is on the disk. */
function damageLastBatch(segment: string, { fixChecksum }: { fixChecksum: boolean }): BatchHead {
  const last = batchesOf(segment).at(-1);
  assert.ok(last?.end);
  const file = openSync(segment, 'r+');
  const batch = Buffer.alloc(last.end - last.at);
  readSync(file, batch, 0, batch.length, last.at);
  batch.fill(0xff, HEAD_BYTES + 8, HEAD_BYTES + 24);
  if (fixChecksum) batch.writeUInt32BE(crc32c(batch.subarray(SUMMED_FROM)), CHECKSUM_AT);
  writeSync(file, batch, 0, batch.length, last.at);
  closeSync(file);
  return last;
}

function damageLength(segment: string, at: number): void {
  const file = openSync(segment, 'r+');
  writeSync(file, Buffer.from([0, 0, 0, 5]), 0, 4, at + LENGTH_AT);
  closeSync(file);
}

test('records of every codec are delivered once, and batches that cannot be read are dead letters', async (t) => {
  const broker = await ownBroker(t);
  const env = { KAFKA_BROKERS: broker.address, RETRY_SCHEDULE: '1s', PARTITIONS: '3' };
  const system = await aDeliverySystem(t, env, { keep: KEEP });
  const { names, receiver } = system;
  const segment = (partition: number) =>
    join(broker.logDir, `${names.deliveries}-${partition}`, '00000000000000000000.log');
  const expected: (string | undefined)[] = [];

  for (const codec of CODECS) {
    await compressTopic(system, codec);
    // The broker answers before its log has heard of the change.
    for (let n = 0; batchesOf(segment(0)).at(-1)?.codec !== codec; n += 1) {
      assert.ok(n < 50, `no batch is written with ${codec}`);
      expected.push(...(await publish(system, 0, `topic-${codec}-${n}`)));
    }
  }
  const first = damageLastBatch(segment(0), { fixChecksum: true });
  expected.splice(-first.recordCount);
  expected.push(...(await publish(system, 1, 'whole')));
  expected.push(...(await publish(system, 0, 'after-damage')));
  expected.push(...(await publish(system, 1, 'rotten')));
  const second = damageLastBatch(segment(1), { fixChecksum: false });
  expected.splice(-second.recordCount);
  await compressTopic(system, 'producer');
  for (let n = 0; batchesOf(segment(1)).at(-1)?.codec !== 'none'; n += 1) {
    assert.ok(n < 50, 'every batch is still compressed');
    expected.push(...(await publish(system, 1, `plain-again-${n}`)));
  }
  // The broker has compressed the others with the code of Java's client, so one codec shows it.
  const java = ['a', 'b', 'c'].map((key) => ({ id: `java-${key}`, key, value: '{}' }));
  const options = ['--compression-codec', 'lz4'];
  await consoleProduce([broker.address], names.deliveries, java, options);
  expected.push(...java.map(({ id }) => id));
  const codecs = [0, 1, 2].flatMap((n) => batchesOf(segment(n)).map(({ codec }) => codec));
  assert.deepEqual([...new Set(codecs)].sort(), [...CODECS, 'none'].sort());

  const consumer = system.start('consumer');
  await untilDrained(system);
  const ids = receiver.deliveries(KEEP).map(({ headers }) => headers['webhook-id']);
  assert.deepEqual(ids.sort(), expected.sort());
  assert.equal(receiver.stats().duplicates, 0);
  const reasons = (await system.records(names.deadLetters)).map(({ partition, headers }) => [
    `${partition}: ${headers['__dlq.errors.message']}`,
    headers['__dlq.errors.topic'],
  ]);
  const range = ({ context }: BatchHead) => `${context.baseOffset} to ${context.lastOffset}`;
  const patterns = [
    new RegExp(`^0: the batch of offsets ${range(first)} cannot be read \\(zstd: .+\\)$`),
    new RegExp(
      `^1: the batch of offsets ${range(second)} cannot be read \\(.*checksum is wrong.*\\)$`,
    ),
  ];
  assert.equal(reasons.length, patterns.length);
  patterns.forEach((pattern, index) => assert.match(reasons.sort()[index]?.[0] ?? '', pattern));
  // The alarm is raised when the consumer next looks at its health, not with the record.
  await until(() => /"batch-undecodable".*"alarm.raised"/.test(consumer.output()), {
    describe: consumer.output,
  });
  assert.doesNotMatch(consumer.output(), /not implemented|fatal/);

  // A batch whose length is damaged can be passed over by nobody, the broker included.
  await consumer.end('SIGTERM');
  await publish(system, 2, 'unreadable');
  const broken = batchesOf(segment(2)).at(-1) as { at: number };
  await publish(system, 2, 'behind');
  damageLength(segment(2), broken.at);
  const beside = await publish(system, 0, 'beside');
  const again = system.start('consumer');
  const hasBeside = () => {
    const seen = new Set(receiver.deliveries(KEEP).map(({ headers }) => headers['webhook-id']));
    return beside.every((id) => seen.has(id));
  };
  const isRaised = () => /"partition-unreadable".*"alarm.raised"/.test(again.output());
  const describe = () => again.output().slice(-3_000);
  await until(() => hasBeside() && isRaised(), { describe });
  assert.match(again.output(), /"error":"CORRUPT_MESSAGE".*"log.partition-unreadable"/);
  assert.doesNotMatch(again.output(), /Crash|fatal/);
});
