import type { EndpointView } from '../ledgers/endpoint-view.ts';

type Endpoint = Pick<EndpointView, 'state' | 'oldest_waiting_seconds'>;

/**
 * Returns the age of the oldest delivery that waits, in seconds, but for those that a person lets
 * wait.
 *
 * @param lagSeconds of each topic: what the consumers have not come to yet
 * @param endpoints whose records the consumers may have passed over
 */
export function oldestWaitingSeconds(
  lagSeconds: readonly number[],
  endpoints: readonly Endpoint[],
): number {
  const ages = endpoints
    .filter(({ state }) => state !== 'paused' && state !== 'disabled')
    .map(({ oldest_waiting_seconds: age }) => age ?? 0);
  return Math.max(0, ...lagSeconds, ...ages);
}
