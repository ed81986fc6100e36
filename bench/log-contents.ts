import { createLogger } from '../common/base/logger.ts';
import { loadConfig } from '../common/config/config.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { fetchHighWatermarks } from '../common/kafka/admin/high-watermarks.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { topicNames } from '../common/topics/topics.ts';
import { createdSubscription } from '../console/subscriptions/change.ts';

const DEADLINE_MS = 30_000;
type Body = Parameters<typeof createdSubscription>[0];

export interface LogRecordToWrite {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes records to a topic of Hookline's, each to the partition of its key. */
export async function publishAll(
  env: Record<string, string>,
  records: readonly LogRecordToWrite[],
): Promise<void> {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const publisher = createPublisher({ kafka: connectKafka(config, logger, 'bench'), logger });
  await Promise.all(
    records.map(({ headers = {}, ...record }) => {
      const partition = partitionOf(record.key, config.PARTITIONS);
      return publisher.publish({ ...record, partition, headers }, DEADLINE_MS);
    }),
  );
  await publisher.close();
}

/** Makes subscriptions as the console does, by their ids; each begins at the start of the log. */
export async function subscribe(
  env: Record<string, string>,
  bodies: Readonly<Record<string, Body>>,
): Promise<void> {
  const { TOPIC_PREFIX } = loadConfig(env);
  const topic = topicNames(TOPIC_PREFIX).subscriptions;
  const records = Object.entries(bodies).map(([id, body]) => {
    const made = createdSubscription(body, {
      ...{ id, sealedSecret: '', begins: null, nowMs: Date.now() },
    });
    return { topic, key: id, value: JSON.stringify({ ...made, secrets: [] }) };
  });
  await publishAll(env, records);
}

/** Offsets written in topics so far, those of transactions' markers included. */
export async function countRecords(
  env: Record<string, string>,
  topics: Iterable<string>,
): Promise<number> {
  const kafka = connectKafka(loadConfig(env), createLogger('bench', 'error'), 'bench-counter');
  let count = 0;
  for (const topic of topics) {
    for (const { high } of (await fetchHighWatermarks(kafka, topic)).values()) count += high;
  }
  return count;
}
