import type { HttpApp } from '../../common/http/app.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import { createSubscriptionStore, openSubscriptionTable } from '../../common/open-subscriptions.ts';
import type { Role } from '../../common/run-role.ts';
import { sealingKey } from '../../common/secrets.ts';
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
  const table = await openSubscriptionTable(deps);
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
