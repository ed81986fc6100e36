import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { ensureTopics } from '../../../common/kafka/admin/topic-admin.ts';
import { readTopic } from '../../../common/kafka/consume/follow-topic.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { kafkaSettings, useBroker } from '../../support/broker.ts';

test('what overlapping transactions of several producers aborted is read by nobody', async (t) => {
  const logger = createLogger('test', 'silent');
  const broker = await useBroker(t);
  const topic = `aborted-${broker.uniquePrefix()}`;
  const kafka = connectKafka(kafkaSettings(broker), logger, topic);
  await ensureTopics(kafka, [{ name: topic, partitions: 1, settings: {} }], 1, logger);
  const begin = async (producer: string, value: string) => {
    const client = kafka.client.producer({ transactionalId: `${topic}-${producer}` });
    t.after(() => client.disconnect());
    await client.connect();
    const transaction = await client.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, value }] });
    return transaction;
  };
  // The later one ends first, which is the order in which the broker names them.
  const outer = await begin('a', 'aborted');
  const inner = await begin('b', 'aborted');
  const last = await begin('c', 'committed');
  await inner.abort();
  await outer.abort();
  await last.commit();

  const values: string[] = [];
  const reader = await readTopic({
    kafka,
    topic,
    logger,
    onRecord: ({ value }) => values.push(String(value)),
    onFatal: (error) => assert.fail(String(error)),
  });
  t.after(() => reader.close());
  await reader.caughtUp();
  assert.deepEqual(values, ['committed']);
});
