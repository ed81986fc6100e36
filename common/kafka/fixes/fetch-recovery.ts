import { pause } from '../../base/retry.ts';
import { isBrokerAway, isLeaderMoved } from '../error-type.ts';
import { wrapMethod } from '../internals.ts';

type Recover = (
  this: { readonly cluster: { refreshMetadata(): Promise<void> } },
  error: unknown,
) => Promise<void>;

/** An election takes longer than this, in ms, and nobody else is asked meanwhile. */
const PAUSE_MS = 100;

/**
 * A kafkajs 2.2.4 consumer whose fetch hears "not the leader" joins its group again, which makes
 * all members stop: with each leader that moves while brokers are restarted one by one. Who leads
 * changes nothing about who has the partition, so to read the metadata again is enough.
 *
 * It also counts how often a broker could not be reached, over all the time that it is a member,
 * and with the ninth time it begins again as another member. A broker that is away is waited for
 * here: whether we are still a member is what heartbeats tell.
 */
export function fixFetchRecovery(): void {
  wrapMethod<Recover>('consumer/consumerGroup', 'recoverFromFetch', (recover) => {
    return async function (error) {
      try {
        if (!isLeaderMoved(typeOf(error))) return await recover.call(this, error);
        await pause(PAUSE_MS);
        await this.cluster.refreshMetadata();
      } catch (failure) {
        if (!isBrokerAway(failure)) throw failure;
        await pause(PAUSE_MS);
      }
    };
  });
}

/** The type of an error itself: what has caused it was tried again for long. */
function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error ? String(error.type) : '';
}
