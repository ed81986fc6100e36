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

/** Another broker coordinates the group, or this one will in a moment. */
const MOVED: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/**
 * kafkajs 2.2.4 sends its heartbeats to the broker that coordinated its group when it joined. When
 * that is gone it tries for ten seconds, and then begins anew as another member, for whom the
 * group waits until the session of the one that it was is over. Yet the new coordinator knows all
 * members: told where it is, the member goes on as the one it is, with the partitions that it has.
 */
export function fixLostCoordinator(): void {
  wrapMethod<Heartbeat>('consumer/consumerGroup', 'heartbeat', (heartbeat) => {
    return async function (options) {
      try {
        await heartbeat.call(this, options);
      } catch (error) {
        if (!isConnectionFailure(error) && !MOVED.has(errorTypeOf(error))) throw error;
        const { groupId } = this;
        // Throws when none is known for long; else the next heartbeat goes there.
        this.coordinator = await this.cluster.findGroupCoordinator({ groupId });
        if (this.offsetManager) this.offsetManager.coordinator = this.coordinator;
      }
    };
  });
}
