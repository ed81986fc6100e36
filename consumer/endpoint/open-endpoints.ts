import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import { subscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import { SubscriptionStore } from '../../common/subscriptions/subscription-store.ts';
import { openSubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { Role } from '../../common/process/run-role.ts';
import { createTargetGuard } from '../../common/security/target-guard.ts';
import { opening } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { topicNames } from '../../common/topics/topics.ts';
import { USER_AGENT } from '../../common/base/version.ts';
import { endpointEvents } from './endpoint-events.ts';
import type { Endpoint } from './endpoint.ts';
import { defaultSettings, defaultsOf, settingsOf } from '../../common/send/endpoint-settings.ts';
import { Endpoints } from './endpoints.ts';
import { addFilteredMetric } from './filtered-metric.ts';
import { OAuth2Sender } from '../../common/send/oauth2-sender.ts';
import { createSender } from '../../common/send/sender.ts';
import type { SenderOptions } from '../../common/send/sender.ts';
import { SubscriptionWriter } from './subscription-writer.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly publisher: Publisher;
  readonly counts: PartitionCounts;
  readonly watch: Pick<TopicWatch, 'partitions' | 'idOf'>;
  /** Digits that tell a source from an earlier one of its topic; '' for our own topics. */
  readonly lifeOf: (topic: string) => string;
  /** Options of every sender. */
  readonly sending: Omit<SenderOptions, 'guard'>;
  readonly bodyKeys: BodyKeys;
  readonly onReady: (endpoint: Endpoint) => void;
  readonly onNew: (subscription: Subscription) => void;
}

/** Opens every way out: the default endpoint, and those of the subscriptions as they are now. */
export async function openEndpoints(deps: Deps): Promise<{
  readonly endpoints: Endpoints;
  readonly recipients: Recipients;
  readonly subscriptions: SubscriptionTable;
}> {
  const { kafka, publisher, counts, watch, sending, onReady, onNew, config, logger, open } = deps;
  const names = topicNames(config.TOPIC_PREFIX);
  const standardSender = createSender({ ...sending, guard: null });
  open.defer(() => standardSender.close());
  const guard = createTargetGuard(config.ALLOW_TARGETS);
  const guardedSender = createSender({ ...sending, guard });
  open.defer(() => guardedSender.close());
  const oauth2 = new OAuth2Sender(guardedSender, { ...sending, guard });
  open.defer(() => oauth2.close());
  const subscriptions = await openSubscriptionTable(deps, names.subscriptions);
  // Subscriptions are read before the first delivery, because each delivery of an unread one would
  // have to look its subscription up.
  await subscriptions.caughtUp();

  const idOf = (topic: string) => watch.idOf(topic);
  const recipients = new Recipients(subscriptions, idOf, opening(deps.bodyKeys), deps.lifeOf);
  addFilteredMetric(deps.registry, config, recipients.filteredCounts);
  const writer = new SubscriptionWriter({
    store: new SubscriptionStore({
      ...subscriptionsTopic(kafka, names, counts, logger),
      ...{ table: subscriptions, publisher },
    }),
    alongWith: (now, before) => {
      const where = {
        topic: names.deliveries,
        partitionOf: (key: string) => partitionOf(key, watch.partitions),
      };
      const all = [...subscriptions.entries()].map(([, subscription]) => subscription);
      return endpointEvents({ before, now }, all, where);
    },
    logger,
  });
  const defaults = defaultsOf(config);
  const endpoints = new Endpoints(
    {
      subscriptions,
      settingsOf: (subscription) => settingsOf(subscription, defaults),
      writer,
      disableAfterMs: config.DISABLE_AFTER,
      standardSender,
      guardedSender,
      oauth2,
      userAgent: USER_AGENT,
      onReady,
      onNew,
      logger,
    },
    defaultSettings(config, subscriptions.defaultEndpoint()),
  );
  subscriptions.onDefaultEndpointChange((now) => endpoints.changeStandard(now));
  open.defer(() => endpoints.close());
  return { endpoints, recipients, subscriptions };
}
