import { openCompactedTable } from './kafka/compacted-table.ts';
import type { KafkaConnection } from './kafka/connection.ts';
import { createTransactionalWriter } from './kafka/transactional-writer.ts';
import type { CompactedTable, Publisher } from './kafka/types.ts';
import type { Role } from './run-role.ts';
import { SubscriptionStore } from './subscription-store.ts';
import { parseSubscription } from './subscription.ts';
import type { Subscription } from './subscription.ts';
import { topicNames } from './topics.ts';

interface TableDeps extends Pick<Role, 'config' | 'logger' | 'open' | 'fail'> {
  readonly kafka: KafkaConnection;
}

/** Opens the subscriptions as a live table, which closes with the process. */
export async function openSubscriptionTable(
  deps: TableDeps,
): Promise<CompactedTable<Subscription>> {
  const { kafka, config, logger, open, fail: onFatal } = deps;
  const { subscriptions: topic } = topicNames(config.TOPIC_PREFIX);
  const parse = parseSubscription;
  const table = await openCompactedTable({ kafka, topic, parse, logger, onFatal });
  open.defer(() => table.close());
  return table;
}

interface StoreDeps extends Pick<Role, 'config' | 'logger'> {
  readonly kafka: KafkaConnection;
  readonly table: CompactedTable<Subscription>;
  readonly publisher: Publisher;
}

/** Whoever changes subscriptions, consumer or console, does it through one of these. */
export function createSubscriptionStore(deps: StoreDeps): SubscriptionStore {
  const { kafka, config, logger, table, publisher } = deps;
  const names = topicNames(config.TOPIC_PREFIX);
  return new SubscriptionStore({
    table,
    publisher,
    topic: names.subscriptions,
    partitions: config.PARTITIONS,
    openWriter: (id) => {
      const transactionalId = names.subscriptionTransactionalId(id);
      return createTransactionalWriter({ kafka, transactionalId, logger });
    },
  });
}
