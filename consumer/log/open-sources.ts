import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import { listRetryTopics } from '../../common/kafka/admin/topic-admin.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { Group } from '../../common/kafka/ports.ts';
import type { Role } from '../../common/process/run-role.ts';
import { beginSources } from '../../common/sources/begin-sources.ts';
import { Sources } from '../../common/sources/sources.ts';
import { subscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { topicNames } from '../../common/topics/topics.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';

interface Deps extends Role {
  readonly table: SubscriptionTable;
  readonly watch: TopicWatch;
  readonly view: GroupView;
  readonly kafka: KafkaConnection;
  readonly counts: PartitionCounts;
}

/** Opens the source topics, and writes down where those begin that are read for the first time. */
export async function openSources(deps: Deps): Promise<Sources> {
  const { config, kafka, watch, counts, logger } = deps;
  const sources = new Sources(deps);
  const names = topicNames(config.TOPIC_PREFIX);
  const stored = subscriptionsTopic(kafka, names, counts, logger);
  beginSources({ ...deps, sources, from: config.SOURCE_FROM, stored });
  await watch.lookQuietly();
  return sources;
}

interface LookDeps {
  readonly table: Pick<SubscriptionTable, 'caughtUp'>;
  readonly watch: Pick<TopicWatch, 'lookQuietly'>;
}

/**
 * Looks at the topics, and at the sources: one that was made again makes the positions of the
 * earlier one void, and a member that knows of that may have committed new ones.
 *
 * @throws BrokerUnavailableError a transaction that stays open holds the end of the sources back
 */
export async function lookNow(
  { table, watch }: LookDeps,
  sources: Pick<Sources, 'isUsed'>,
): Promise<void> {
  if (sources.isUsed) await withDeadline(table.caughtUp(), 'the sources');
  await watch.lookQuietly();
}

/** The topics that a consumer reads, in the order in which they are fetched. */
export async function consumedTopics(
  kafka: KafkaConnection,
  prefix: string,
  sources: Sources,
): Promise<() => readonly string[]> {
  const names = topicNames(prefix);
  const retryTopics = await listRetryTopics(kafka, names);
  // The bulk lane last: a fetch that is full holds what stands before it.
  return () => [names.deliveries, ...retryTopics, ...sources.topics, names.bulkDeliveries];
}

/** Has the group read the sources that can be read, as they come and go. */
export function followSources(
  sources: Sources,
  group: Pick<Group, 'setTopics'>,
  topics: () => readonly string[],
): void {
  sources.onChange(() => group.setTopics(topics()));
  // Some may have come while the group was joined.
  group.setTopics(topics());
}
