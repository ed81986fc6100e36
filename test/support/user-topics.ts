import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { ensureTopics, withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import type { DeliverySystem } from './delivery.ts';

interface Written {
  readonly key?: string | null;
  readonly value: string | null;
  readonly headers?: Record<string, string>;
  readonly partition?: number;
}

/** Topics of the user's, which no part of ours makes. */
export async function userTopics(
  { kafka, config }: Pick<DeliverySystem, 'kafka' | 'config'>,
  t: TestContext,
  partitionsOfEach: number,
) {
  const logger = createLogger('test', 'silent');
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  return {
    make: (name: string, partitions = partitionsOfEach) =>
      ensureTopics(kafka, [{ name, partitions, settings: {} }], 1, logger),
    remove: (topic: string) => withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] })),
    write: (topic: string, records: readonly Written[]) =>
      Promise.all(
        records.map(({ key = null, value, headers = {}, partition }) => {
          const of = partition ?? partitionOf(key ?? '', partitionsOfEach);
          return publisher.publish({ topic, partition: of, key, value, headers }, 20_000);
        }),
      ),
    brokers: config.KAFKA_BROKERS,
  };
}
