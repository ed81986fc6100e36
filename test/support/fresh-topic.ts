import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { connectKafka } from '../../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { ensureTopics } from '../../common/kafka/admin/topic-admin.ts';
import { readTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { kafkaSettings, useBroker } from './broker.ts';

export const logger = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');

export function failTest(error: unknown): void {
  throw error;
}

/** A topic of this test alone. */
export async function freshTopic(t: TestContext, partitions: number, settings = {}) {
  const broker = await useBroker(t);
  const name = `layer-${broker.uniquePrefix()}`;
  const kafka = connectKafka(kafkaSettings(broker), logger, `test-${name}`);
  await ensureTopics(kafka, [{ name, partitions, settings }], 1, logger);
  return { kafka, name };
}

export const record = (topic: string, partition: number, n: number): OutgoingRecord => ({
  topic,
  partition,
  key: `k${n}`,
  value: `v${n}`,
  headers: { n: String(n) },
});

/** Reads all records of a topic. */
export async function readAll(t: TestContext, kafka: KafkaConnection, topic: string) {
  const seen: { partition: number; offset: number; value: string }[] = [];
  const reader = await readTopic({
    kafka,
    topic,
    logger,
    onFatal: failTest,
    onRecord: ({ partition, offset, value }) =>
      seen.push({ partition, offset, value: String(value) }),
  });
  t.after(() => reader.close());
  await reader.caughtUp();
  return seen;
}
