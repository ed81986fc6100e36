import { HttpProblem } from '../../common/http/problem.ts';
import { partitionOf } from '../../common/kafka/partitioner.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import { inTime, whenLoaded } from '../../common/loaded.ts';
import type { Subscription } from '../../common/subscription.ts';

const WHAT = 'the subscriptions';

/** The subscriptions as the API needs them: live, and complete before the first answer. */
export interface Subscriptions {
  /**
   * Those that get deliveries now. A change is seen some milliseconds after it was answered.
   *
   * @throws BrokerUnavailableError they have not been read yet
   */
  enabled(): Promise<readonly Subscription[]>;
  /**
   * One that is enabled; one made a moment ago, too.
   *
   * @throws HttpProblem 404, 409; BrokerUnavailableError
   */
  load(id: string): Promise<Subscription>;
}

export function openSubscriptions(
  table: CompactedTable<Subscription>,
  partitions: number,
): Subscriptions {
  const whenComplete = whenLoaded(() => table.caughtUp(), WHAT);
  return {
    async enabled() {
      await whenComplete();
      return [...table.entries()]
        .map(([, subscription]) => subscription)
        .filter(({ state }) => state === 'enabled');
    },
    async load(id) {
      if (!table.get(id)) await inTime(table.caughtUp(partitionOf(id, partitions)), WHAT);
      const subscription = table.get(id);
      if (!subscription || subscription.state === 'deleted') {
        throw new HttpProblem(404, `There is no subscription ${id}`);
      }
      if (subscription.state === 'disabled') {
        throw new HttpProblem(409, `Subscription ${id} is disabled`, { code: 'disabled' });
      }
      return subscription;
    },
  };
}
