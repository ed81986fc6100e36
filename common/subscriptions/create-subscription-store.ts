import type { KafkaConnection } from '../kafka/client/connection.ts';
import type { PartitionCounts } from '../kafka/admin/topic-admin.ts';
import { createTransactionalWriter } from '../kafka/produce/transactional-writer.ts';
import type { CompactedTable, Publisher } from '../kafka/ports.ts';
import type { Role } from '../process/run-role.ts';
import { SubscriptionStore } from './subscription-store.ts';
import type { Subscription } from '../model/subscription.ts';
import { topicNames } from '../topics/topics.ts';

interface Deps extends Pick<Role, 'config' | 'logger'> {
  readonly kafka: KafkaConnection;
  readonly table: CompactedTable<Subscription>;
  readonly publisher: Publisher;
  readonly counts: PartitionCounts;
}

/** Creates the store through which consumer and console change subscriptions. */
export function createSubscriptionStore(deps: Deps): SubscriptionStore {
  const { kafka, config, logger, table, publisher, counts } = deps;
  const names = topicNames(config.TOPIC_PREFIX);
  return new SubscriptionStore({
    table,
    publisher,
    topic: names.subscriptions,
    partitions: counts.of(names.subscriptions),
    openWriter: (id) => {
      const transactionalId = names.subscriptionTransactionalId(id);
      return createTransactionalWriter({ kafka, transactionalId, logger });
    },
  });
}
