import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { DeliverySystem } from './delivery.ts';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

export interface Dead {
  readonly id: string;
  readonly user: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value?: string | null;
}

/** Writes dead letters as the consumer does. */
export async function bury(system: DeliverySystem, dead: readonly Dead[]): Promise<void> {
  const { kafka, names, config } = system;
  const publisher = createPublisher({ kafka, logger });
  await Promise.all(
    dead.map(({ id, user, headers, value = `{"of":"${id}"}` }) => {
      const partition = partitionOf(user, config.PARTITIONS);
      const failed = {
        'wh-attempt': '5',
        'wh-due-at': '1700000000000',
        'wh-first-failed-at': '1700000000000',
        'wh-last-status': '500',
        '__dlq.errors.topic': names.deliveries,
        '__dlq.errors.partition': String(partition),
        '__dlq.errors.offset': '7',
        '__dlq.errors.group': names.deliveryGroup,
        '__dlq.errors.delivery.count': '5',
        '__dlq.errors.message': 'HTTP 500: no',
      };
      return publisher.publish(
        {
          topic: names.deadLetters,
          partition,
          key: user,
          value,
          headers: { 'webhook-id': id, traceparent: '00-1', ...failed, ...headers },
        },
        30_000,
      );
    }),
  );
  await publisher.close();
}
