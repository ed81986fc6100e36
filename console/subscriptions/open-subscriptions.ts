import type { HttpApp } from '../../common/http/app.ts';
import { openCompactedTable } from '../../common/kafka/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import { createTransactionalWriter } from '../../common/kafka/transactional-writer.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import type { Role } from '../../common/run-role.ts';
import { sealingKey } from '../../common/secrets.ts';
import { SubscriptionStore } from '../../common/subscription-store.ts';
import { parseSubscription } from '../../common/subscription.ts';
import type { Subscription } from '../../common/subscription.ts';
import { createTargetGuard } from '../../common/target-guard.ts';
import type { TopicNames } from '../../common/topics.ts';
import { addSubscriptionRoutes } from './routes.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
}

/** Subscriptions: their live table and their routes. */
export async function openSubscriptions(deps: Deps): Promise<CompactedTable<Subscription>> {
  const { app, config, kafka, names, logger, open, fail: onFatal } = deps;
  const { PARTITIONS: partitions } = config;
  const topic = names.subscriptions;
  const table = await openCompactedTable({
    ...{ kafka, topic, parse: parseSubscription, logger, onFatal },
  });
  open.defer(() => table.close());
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  addSubscriptionRoutes(app, {
    store: new SubscriptionStore({
      ...{ table, publisher, topic, partitions },
      openWriter: (id) => {
        const transactionalId = names.subscriptionTransactionalId(id);
        return createTransactionalWriter({ kafka, transactionalId, logger });
      },
    }),
    publisher,
    deliveriesTopic: names.deliveries,
    partitions,
    sealingKey: sealingKey(config.SECRET_KEY),
    guard: createTargetGuard(config.ALLOW_TARGETS),
    logger,
  });
  return table;
}
