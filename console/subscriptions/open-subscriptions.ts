import type { HttpApp } from '../../common/http/app.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { partitionOf } from '../../common/kafka/partitioner.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import type { PartitionCounts } from '../../common/kafka/topic-admin.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import { createSubscriptionStore } from '../../common/create-subscription-store.ts';
import { DEFAULT_ENDPOINT_ID, openSubscriptionTable } from '../../common/default-endpoint.ts';
import type { DefaultEndpoint } from '../../common/default-endpoint.ts';
import type { Role } from '../../common/run-role.ts';
import { sealingKey } from '../../common/secrets.ts';
import { createSender } from '../../common/send/sender.ts';
import type { Subscription } from '../../common/subscription.ts';
import { createTargetGuard } from '../../common/target-guard.ts';
import type { TopicNames } from '../../common/topics.ts';
import type { Consumers } from '../consumers.ts';
import { restingUntil } from '../decide/endpoint-list.ts';
import { addSubscriptionRoutes } from './routes.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly consumers: Pick<Consumers, 'states'>;
  readonly counts: PartitionCounts;
}

const WRITE_DEADLINE_MS = 10_000;

/** Subscriptions: their live table and their routes. */
export async function openSubscriptions(deps: Deps): Promise<CompactedTable<Subscription>> {
  const { app, config, kafka, names, counts, logger, open } = deps;
  const partitions = counts.of(names.subscriptions);
  const table = await openSubscriptionTable(deps, names.subscriptions);
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const guard = createTargetGuard(config.ALLOW_TARGETS);
  const sender = createSender({
    timeoutMs: config.DELIVERY_TIMEOUT_MS,
    connectionMaxAgeMs: config.CONNECTION_MAX_AGE,
    guard,
    keepsExcerpt: true,
  });
  open.defer(() => sender.close());
  const restsUntil = (id: string | null) => {
    const reports = deps.consumers.states().flatMap(({ endpoints }) => endpoints);
    return restingUntil(reports.filter(({ subscription }) => subscription === id));
  };

  /** One record, last write wins: there is nothing in it that two writers could both change. */
  const switchDefault = async (enabled: boolean) => {
    const state = enabled ? 'enabled' : 'disabled';
    const resumedAt = enabled ? Date.now() : table.defaultEndpoint().resumedAt;
    const value: DefaultEndpoint = { kind: 'default-endpoint', state, resumedAt };
    const key = DEFAULT_ENDPOINT_ID;
    const record = { topic: names.subscriptions, partition: partitionOf(key, partitions), key };
    const written = { ...record, value: JSON.stringify(value), headers: {} };
    await publisher.publish(written, WRITE_DEADLINE_MS);
    logger.info({ id: key }, `subscription.${state}`);
    const resting_until = enabled ? null : restsUntil(null);
    return { id: key, target_url: config.WEBHOOK_URL, enabled, resting_until };
  };

  addSubscriptionRoutes(app, {
    store: createSubscriptionStore({ kafka, config, logger, table, publisher, counts }),
    sender,
    restingUntil: restsUntil,
    switchDefault,
    sealingKey: sealingKey(config.SECRET_KEY),
    guard,
    logger,
  });
  return table;
}
