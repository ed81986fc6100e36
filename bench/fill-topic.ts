import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import { loadConfig } from '../common/config/config.ts';
import { fileRowId } from '../common/model/delivery.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';
import { ensureTopics } from '../common/kafka/admin/topic-admin.ts';
import { createTransactionalWriter } from '../common/kafka/produce/transactional-writer.ts';
import { createLogger } from '../common/base/logger.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { topicNames, topicTable } from '../common/topics/topics.ts';
import { sealing } from '../common/user-keys/body-keys.ts';
import { openBodyKeys } from '../common/user-keys/open-user-keys.ts';

const USERS = 5_000;
const TRANSACTION_ROWS = 10_000;

/** A trace and its first span, both sampled. */
const traceparent = () => `00-${randomHex(16)}-${randomHex(8)}-01`;
const randomHex = (bytes: number) => randomBytes(bytes).toString('hex');

export interface Filling {
  readonly lane?: 'live' | 'bulk';
  /** Part of the rows that belong to a trace, each to its own, 0 to 1. */
  readonly tracedShare?: number;
  /** Number of users whose rows come in turn. */
  readonly users?: number;
}

/** Makes the topics of a prefix and writes file rows to one lane as the producer does. */
export async function fillTopic(
  env: Record<string, string>,
  records: number,
  { lane = 'live', tracedShare = 0, users = USERS }: Filling = {},
): Promise<void> {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const kafka = connectKafka(config, logger, 'bench-producer');
  const counts = await ensureTopics(kafka, topicTable(config), 1, logger);
  const { deliveries, bulkDeliveries, userKeys } = topicNames(config.TOPIC_PREFIX);
  const topic = lane === 'live' ? deliveries : bulkDeliveries;
  const transactionalId = `${config.TOPIC_PREFIX}-bench`;
  await using open = new AsyncDisposableStack();
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const keys = await openBodyKeys({
    ...{ config, kafka, topic: userKeys, publisher, counts, logger, open },
    fail: (error) => {
      throw error;
    },
  });
  const writer = sealing(createTransactionalWriter({ kafka, transactionalId, logger }), keys);
  await writer.fence();
  const fileId = ulid();
  for (let start = 0; start < records; start += TRANSACTION_ROWS) {
    const count = Math.min(TRANSACTION_ROWS, records - start);
    const rows = Array.from({ length: count }, (_, index) => start + index + 1);
    await writer.write(
      rows.map((row) => {
        const userId = `user-${row % users}`;
        const isTraced = Math.floor(row * tracedShare) > Math.floor((row - 1) * tracedShare);
        return {
          topic,
          partition: partitionOf(userId, config.PARTITIONS),
          key: userId,
          value: JSON.stringify({ userId, alertMessage: `alert of row ${row}` }),
          headers: {
            'webhook-id': fileRowId(fileId, row),
            ...(isTraced && { traceparent: traceparent() }),
          },
        };
      }),
    );
  }
  await writer.close();
}
