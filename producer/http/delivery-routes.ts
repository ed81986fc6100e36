import type { DeliveryLimits } from '../../common/topics/delivery-limits.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { addRoutes } from '../../common/http/route.ts';
import { openSubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { topicNames } from '../../common/topics/topics.ts';
import type { LagGate } from '../admission/lag-gate.ts';
import { openIdempotencyGuard } from '../idempotency/idempotency-guard.ts';
import { openUserRate } from '../user-rate/user-rate.ts';
import { Admission } from './admission.ts';
import { sendBatch } from './batch.ts';
import { publishEvent } from './events.ts';
import { ingest } from './ingest.ts';
import { send } from './send.ts';
import { openSubscriptions } from './subscriptions.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly publisher: Publisher;
  readonly gate: Pick<LagGate, 'isOpen' | 'wrote'>;
  readonly newId: () => string;
  readonly counts: PartitionCounts;
  readonly watch: Pick<TopicWatch, 'partitions'>;
  readonly limits: DeliveryLimits;
  readonly bodyKeys: BodyKeys;
}

export const deliveryRoutes = [send, sendBatch, publishEvent, ingest];

/** Every route that puts deliveries into the log, but for files. */
export async function addDeliveryRoutes(app: HttpApp, deps: Deps): Promise<void> {
  const { config, kafka, logger, open, fail, publisher, gate, newId } = deps;
  const { MAX_MESSAGE_BYTES: messageBytesMax } = config;
  const names = topicNames(config.TOPIC_PREFIX);
  const deliveriesTopic = names.deliveries;
  const table = await openSubscriptionTable(deps, names.subscriptions);
  const topic = names.idempotency;
  const partitions = deps.counts.of(topic);
  const once = await openIdempotencyGuard({
    kafka,
    publisher,
    topic,
    partitions,
    logger,
    onFatal: fail,
  });
  open.defer(() => once.close());

  const admission = new Admission({
    publisher,
    gate,
    deliveriesTopic,
    partitions: () => deps.watch.partitions,
    messageBytesMax,
    limits: deps.limits,
    bodyKeys: deps.bodyKeys,
  });
  const subscriptions = openSubscriptions(table, deps.counts.of(names.subscriptions));
  const userRate = await openUserRate(deps);
  const parts = { admission, once, userRate, newId, subscriptions };
  addRoutes(app, deliveryRoutes, parts);
}
