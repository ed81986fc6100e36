// A committed record may lie behind another writer's open transaction: a reader that needs all of
// them waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { fetchHighWatermarks } from '../../../common/kafka/admin/high-watermarks.ts';
import { fetchBounds } from '../../../common/kafka/admin/offsets.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { createTransactionalWriter } from '../../../common/kafka/produce/transactional-writer.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { kafkaSettings, useBroker } from '../../support/broker.ts';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

test('a table is caught up only with what lies behind an open transaction, too', async (t) => {
  const broker = await useBroker(t);
  const topic = `watermarks-${broker.uniquePrefix()}`;
  const kafka = connectKafka(kafkaSettings(broker), logger, topic);
  const settings = { 'cleanup.policy': 'compact' };
  await ensureTopics(kafka, [{ name: topic, partitions: 1, settings }], 1, logger);
  const onFatal = (error: unknown) => assert.fail(String(error));
  const table = await openCompactedTable({ kafka, topic, parse: Number, logger, onFatal });
  t.after(() => table.close());

  const other = kafka.client.producer({ transactionalId: `${topic}-other` });
  t.after(() => other.disconnect());
  await other.connect();
  const open = await other.transaction();
  await open.send({ topic, messages: [{ partition: 0, key: 'a', value: '1' }] });
  const writer = createTransactionalWriter({ kafka, transactionalId: `${topic}-own`, logger });
  t.after(() => writer.close());
  await writer.fence();
  await writer.write([{ topic, partition: 0, key: 'b', value: '2', headers: {} }]);

  // Two records; the marker of the second one may still be under way.
  const { low, high = 0 } = (await fetchHighWatermarks(kafka, topic)).get(0) ?? {};
  assert.equal(low, 0);
  assert.ok(high >= 2, `high watermark ${high}`);
  const readable = await withAdmin(kafka, (admin) => fetchBounds(admin, topic));
  assert.deepEqual(readable.get(0), { low: 0, high: 0 });

  const caughtUp = table.caughtUp().then(() => [...table.entries()]);
  assert.equal(await Promise.race([caughtUp, sleep(1_000, 'still waits')]), 'still waits');
  await open.commit();
  assert.deepEqual(await caughtUp, [
    ['a', 1],
    ['b', 2],
  ]);
});
