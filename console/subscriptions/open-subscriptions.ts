import { retrySchedule } from '../../common/config/retry-schedule.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { addRoutes } from '../../common/http/route.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { subscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import { openSubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { SubscriptionStore } from '../../common/subscriptions/subscription-store.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { Role } from '../../common/process/run-role.ts';
import { defaultsOf } from '../../common/send/endpoint-settings.ts';
import { OAuth2Sender } from '../../common/send/oauth2-sender.ts';
import { createSender } from '../../common/send/sender.ts';
import type { SenderOptions } from '../../common/send/sender.ts';
import { createTargetGuard } from '../../common/security/target-guard.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { Consumers } from '../cluster/consumers.ts';
import { restingOf } from '../ledgers/endpoint-list.ts';
import { DefaultEndpointSwitch } from './default-endpoint-switch.ts';
import { LogPlaces } from './log-places.ts';
import { subscriptionRoutes } from './routes.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  /** Options of every sender. */
  readonly sending: Omit<SenderOptions, 'guard'>;
  readonly names: TopicNames;
  readonly consumers: Pick<Consumers, 'states'>;
  readonly counts: PartitionCounts;
  readonly view: GroupView;
  readonly cursors: CursorStore;
  readonly watch: Pick<TopicWatch, 'idOf'>;
  /** The sources, which are known once the subscriptions are. */
  readonly late: { readonly sources?: Pick<Sources, 'lifeOf'> };
}

/** Subscriptions: their live table and their routes. */
export async function openSubscriptions(deps: Deps): Promise<SubscriptionTable> {
  const { app, config, kafka, names, counts, logger, open } = deps;
  const table = await openSubscriptionTable(deps, names.subscriptions);
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const guard = createTargetGuard(config.ALLOW_TARGETS);
  const sending = { ...deps.sending, keepsExcerpt: true };
  const sender = createSender({ ...sending, guard });
  open.defer(() => sender.close());
  const oauth2 = new OAuth2Sender(sender, { ...sending, guard });
  open.defer(() => oauth2.close());
  const restOf = (id: string | null) => {
    const reports = deps.consumers.states().flatMap(({ endpoints }) => endpoints);
    return restingOf(reports.filter(({ subscription }) => subscription === id));
  };

  const standardSender = createSender({ ...sending, guard: null });
  open.defer(() => standardSender.close());
  const stored = subscriptionsTopic(kafka, names, counts, logger);
  const defaultEndpoint = new DefaultEndpointSwitch({
    ...{ config, table, stored, logger },
    sender: standardSender,
    resting: () => restOf(null),
  });

  const { view, cursors, watch, late } = deps;
  const defaults = defaultsOf(config);
  const idOf = (topic: string) => watch.idOf(topic);
  const lifeOf = (topic: string) => late.sources?.lifeOf(topic) ?? '';
  addRoutes(app, subscriptionRoutes, {
    places: new LogPlaces({ view, cursors, lanes: () => names.lanes, idOf, lifeOf }),
    store: new SubscriptionStore({ ...stored, table, publisher }),
    send: (request, settings) => oauth2.sendOnce(settings, request),
    restingOf: restOf,
    filteredOut: (id) =>
      deps.consumers.states().reduce((sum, { filteredOut }) => sum + (filteredOut[id] ?? 0), 0),
    defaultEndpoint,
    sealingKey: defaults.sealingKey,
    defaults,
    guard,
    limits: {
      timeoutMsMax: config.DELIVERY_TIMEOUT_MS,
      delayMsMax: Math.max(0, ...retrySchedule(config)),
    },
    logger,
  });
  return table;
}
