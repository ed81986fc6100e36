import type { SubscriptionTable } from '../common/subscriptions/default-endpoint.ts';
import type { HttpApp } from '../common/http/app.ts';
import { addRoutes } from '../common/http/route.ts';
import type { GroupView } from '../common/kafka/admin/group-view.ts';
import type { KafkaConnection } from '../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../common/kafka/admin/topic-admin.ts';
import type { CompactedTable } from '../common/kafka/ports.ts';
import { addGauge } from '../common/process/metrics.ts';
import type { Role } from '../common/process/run-role.ts';
import type { Sources } from '../common/sources/sources.ts';
import type { TopicNames } from '../common/topics/topics.ts';
import type { AttemptsView } from './ledgers/attempts-view.ts';
import { openDeadLetters } from './dead-letters/open-dead-letters.ts';
import type { Redriver } from './dead-letters/redriver.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import type { DeadLetterView } from './dead-letters/view.ts';
import { Ownership } from './republish/ownership.ts';
import type { OffsetRanges } from './republish/offset-ranges.ts';
import { openReplays } from './replay/open-replays.ts';
import type { ReplayState } from './replay/replay-state.ts';
import { replayRoutes } from './replay/routes.ts';
import { volumeRoute } from './replay/volume.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly subscriptions: SubscriptionTable;
  readonly sources: Sources;
  readonly bodyKeys: BodyKeys;
  readonly redriven: CompactedTable<OffsetRanges>;
  readonly attempts: AttemptsView;
  readonly view: Pick<GroupView, 'offsetsAt'>;
  /** Undelivered records of the whole system. */
  readonly fetchLag: () => Promise<number>;
  /** Ends redrives under way. */
  readonly signal: AbortSignal;
}

interface DeliverAgain {
  /** Readers that catch up in the background. */
  readonly readers: readonly { caughtUp(): Promise<void> }[];
  readonly deadLetters: Pick<DeadLetterView, 'list'>;
  readonly redriver: Redriver;
  readonly replays: CompactedTable<ReplayState>;
  /** Divides the work that only one console may do. */
  readonly ownership: Ownership;
}

/** Replays, dead letters and redrives: their routes, and what goes on by itself. */
export async function openDeliverAgain(deps: Deps): Promise<DeliverAgain> {
  const { app, kafka, names, logger, registry, open, fail: onFatal } = deps;
  const { consoleGroup: groupId, replays: topic } = names;
  const ownership = new Ownership({ kafka, groupId, topic, logger, onFatal });
  ownership.start();
  open.defer(() => ownership.close());
  const replays = await openReplays({ ...deps, ownership });
  const dead = await openDeadLetters({ ...deps, ownership });
  // Before the routes that take an id in its place.
  addRoutes(app, [volumeRoute], {
    view: deps.view,
    lanes: [names.deliveries, names.bulkDeliveries],
  });
  addRoutes(app, replayRoutes, replays);
  addRoutes(app, deadLetterRoutes, dead);
  addGauge(registry, {
    name: 'hookline_replays_running',
    help: 'Replays under way',
    read: () => {
      const all = [...replays.table.entries()];
      return [[{}, all.filter(([, { state }]) => state === 'running').length]];
    },
  });
  const { table } = replays;
  const { view, redriver } = dead;
  return { readers: [table, view], deadLetters: view, redriver, replays: table, ownership };
}
