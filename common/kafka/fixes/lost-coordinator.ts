import { errorTypeOf, isConnectionFailure } from '../error-type.ts';
import type { Broker } from '../internal-cluster.ts';
import { wrapMethod } from '../internals.ts';

interface ConsumerGroup {
  readonly groupId: string;
  readonly cluster: {
    findGroupCoordinator(of: { readonly groupId: string }): Promise<Broker>;
  };
  readonly offsetManager: { coordinator: Broker } | null;
  coordinator: Broker;
}

type Heartbeat = (this: ConsumerGroup, options: object) => Promise<void>;

/** Error types that say that another broker coordinates the group, or this one will soon. */
const MOVED: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

/**
 * kafkajs 2.2.4 sends its heartbeats to the broker that coordinated its group when it joined. When
 * that is gone it tries for ten seconds, and then begins again as another member, for whom the
 * group waits until the session of the one that it was is over. Yet the new coordinator knows all
 * members: told where it is, the member goes on as the one it is, with the partitions that it has.
 *
 * The coordinator is looked for beside the fetches, as that may take long. Meanwhile no heartbeat
 * is confirmed, so a caller that asks for the membership is told that it is uncertain.
 */
export function fixLostCoordinator(): void {
  const lookUps = new WeakSet<ConsumerGroup>();

  async function lookUp(group: ConsumerGroup): Promise<void> {
    const { groupId, coordinator: lost } = group;
    lookUps.add(group);
    try {
      const found = await group.cluster.findGroupCoordinator({ groupId });
      // A join that came first has found it as well.
      if (group.coordinator !== lost) return;
      group.coordinator = found;
      if (group.offsetManager) group.offsetManager.coordinator = found;
    } catch {
      // No broker can tell: the next heartbeat fails, too, and asks again.
    } finally {
      lookUps.delete(group);
    }
  }

  wrapMethod<Heartbeat>('consumer/consumerGroup', 'heartbeat', (heartbeat) => {
    return async function (options) {
      if (lookUps.has(this)) return;
      try {
        await heartbeat.call(this, options);
      } catch (error) {
        if (!isConnectionFailure(error) && !MOVED.has(errorTypeOf(error))) throw error;
        if (!lookUps.has(this)) void lookUp(this);
      }
    };
  });
}
