import type { HttpApp } from '../../common/http/app.ts';
import { openRoleTable } from '../../common/kafka/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import { createSubscriptionStore } from '../../common/create-subscription-store.ts';
import type { Role } from '../../common/run-role.ts';
import { sealingKey } from '../../common/secrets.ts';
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
  const { app, config, kafka, names, logger, open } = deps;
  const { PARTITIONS: partitions } = config;
  const table = await openRoleTable(deps, names.subscriptions, parseSubscription);
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  addSubscriptionRoutes(app, {
    store: createSubscriptionStore({ kafka, config, logger, table, publisher }),
    publisher,
    deliveriesTopic: names.deliveries,
    partitions,
    sealingKey: sealingKey(config.SECRET_KEY),
    guard: createTargetGuard(config.ALLOW_TARGETS),
    logger,
  });
  return table;
}
