import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailableError } from '../../common/errors.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { partitionOf } from '../../common/kafka/partitioner.ts';
import type { CompactedTable } from '../../common/kafka/types.ts';
import type { Subscription } from '../../common/subscription.ts';

/** How long a request waits until the subscriptions have been read. */
const READ_DEADLINE_MS = 5_000;

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
  let complete: Promise<void> | null = null;
  const whenComplete = () => {
    // Begun again after a failure, so that one bad moment of the broker does not last.
    complete ??= table.caughtUp().catch((error: unknown) => {
      complete = null;
      throw new BrokerUnavailableError('the subscriptions cannot be read', error);
    });
    return inTime(complete);
  };
  return {
    async enabled() {
      await whenComplete();
      return [...table.entries()]
        .map(([, subscription]) => subscription)
        .filter(({ state }) => state === 'enabled');
    },
    async load(id) {
      if (!table.get(id)) await inTime(table.caughtUp(partitionOf(id, partitions)));
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

async function inTime(read: Promise<void>): Promise<void> {
  const tooLate = new AbortController();
  const { signal } = tooLate;
  const deadline = sleep(READ_DEADLINE_MS, undefined, { signal, ref: false }).then(
    () => Promise.reject(new BrokerUnavailableError('the subscriptions are still being read')),
    () => {},
  );
  await Promise.race([read, deadline]).finally(() => tooLate.abort());
}
