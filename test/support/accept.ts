import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { DeliverySystem } from './delivery.ts';
import { until } from './until.ts';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

/** Accepts deliveries of ten users, as the API does; ids are `NAME-0` and so on. */
export async function accept(
  { kafka, names, config }: DeliverySystem,
  name: string,
  count: number,
  headers: Record<string, string> = {},
): Promise<void> {
  const publisher = createPublisher({ kafka, logger });
  await Promise.all(
    Array.from({ length: count }, (_, n) => {
      const key = `user-${n % 10}`;
      const record = { topic: names.deliveries, key, value: `{"of":"${name}-${n}"}` };
      const all = { 'webhook-id': `${name}-${n}`, ...headers };
      const partition = partitionOf(key, config.PARTITIONS);
      return publisher.publish({ ...record, partition, headers: all }, 30_000);
    }),
  );
  await publisher.close();
}

/** Waits until the bulk lane has grown by so many offsets: copies, and a marker a transaction. */
export async function untilGrown({ kafka, names }: DeliverySystem, by: number): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const end = async () => {
      const bounds = await fetchBounds(admin, names.bulkDeliveries);
      return [...bounds.values()].reduce((sum, { high }) => sum + high, 0);
    };
    const before = await end();
    await until(async () => (await end()) >= before + by, { everyMs: 5 });
  });
}
