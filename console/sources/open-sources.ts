import type { HttpApp } from '../../common/http/http-env.ts';
import { addRoutes } from '../../common/http/route.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { subscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type { ClusterWatch } from '../cluster/cluster-watch.ts';
import type { SourceRates } from '../status/source-status.ts';
import { sourceRoutes } from './routes.ts';
import { SourceStore } from './store.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly view: GroupView;
  readonly watch: TopicWatch;
  readonly cluster: ClusterWatch;
  readonly subscriptions: SubscriptionTable;
  readonly sources: Sources;
  readonly rates: Pick<SourceRates, 'of'>;
}

/** Sources: the routes that make and change them. */
export function openSourceRoutes(deps: Deps): void {
  const { app, config, kafka, names, counts, sources, view, watch, logger } = deps;
  const { cluster, rates, subscriptions: table } = deps;
  const stored = subscriptionsTopic(kafka, names, counts, logger);
  const store = new SourceStore({ sources, table, stored, watch, view });
  addRoutes(app, sourceRoutes, {
    ...{ store, sources, logger },
    prefix: config.TOPIC_PREFIX,
    figures: () => ({ topics: cluster.topics, rates }),
    settingsFrom: config.SOURCE_FROM,
  });
}
