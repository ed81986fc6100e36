import { AppError } from '../../common/base/errors.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import { existing } from '../../common/subscriptions/subscription-store.ts';
import type { Subscription } from '../../common/model/subscription.ts';

const WHAT = 'the subscriptions';

/** The subscriptions as the API needs them. */
export interface Subscriptions {
  /**
   * One that is enabled; one made a moment ago, too.
   *
   * @throws AppError subscription_unknown, subscription_disabled; BrokerUnavailableError
   */
  load(id: string): Promise<Subscription>;
}

export function openSubscriptions(
  table: CompactedTable<Subscription>,
  partitions: number,
): Subscriptions {
  return {
    async load(id) {
      if (!table.get(id)) await withDeadline(table.caughtUp(partitionOf(id, partitions)), WHAT);
      const subscription = existing(id, table.get(id));
      if (subscription.state === 'disabled') {
        throw new AppError('subscription_disabled', `Subscription ${id} is disabled`);
      }
      return subscription;
    },
  };
}
