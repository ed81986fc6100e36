import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { openRoleTable } from '../../common/kafka/consume/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { Sources } from '../../common/sources/sources.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { Ownership } from '../republish/ownership.ts';
import { BacklogGate } from '../republish/backlog-gate.ts';
import { parseReplayState } from './replay-state.ts';
import { ReplayRunner } from './runner.ts';
import type { StoreDeps } from './store.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly ownership: Ownership;
  readonly subscriptions: SubscriptionTable;
  readonly sources: Sources;
  readonly bodyKeys: BodyKeys;
  /** Undelivered records of the whole system. */
  readonly fetchLag: () => Promise<number>;
}

/** Goes on with the replays that were asked for by HTTP, in the background. */
export async function openReplays(deps: Deps): Promise<StoreDeps> {
  const { kafka, names, config, logger, open } = deps;
  const table = await openRoleTable(deps, names.replays, parseReplayState);
  const partitions = deps.counts.of(names.replays);
  const { subscriptions, sources, bodyKeys } = deps;
  const found = { table, subscriptions, sources, bodyKeys };
  const store: StoreDeps = { kafka, names, partitions, ...found, logger };
  const backlog = new BacklogGate({ fetchLag: deps.fetchLag, lagMax: config.MAX_LAG });
  const runner = new ReplayRunner({ ...store, backlog, ownership: deps.ownership });
  void runner.start();
  open.defer(() => runner.close());
  return store;
}
