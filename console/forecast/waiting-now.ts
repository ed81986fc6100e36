import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { countWaiting } from '../ledgers/count-waiting.ts';
import type { EndpointView } from '../ledgers/endpoint-view.ts';
import type { Waiting } from './trend.ts';

type Endpoint = Pick<EndpointView, 'subscription' | 'state' | 'waiting' | 'behind'>;

interface Counts {
  readonly unfinished: number;
  readonly retrying: number;
  readonly cancelledAhead: number;
}

/** States in which an endpoint takes nothing, so that its deliveries wait on their own. */
const TAKES_NOTHING: ReadonlySet<EndpointView['state']> = new Set([
  'throttled',
  'circuit-open',
  'paused',
  'disabled',
]);

/** Whether deliveries of an endpoint wait on their own, not in the head of the log. */
export function waitsAlone({ state, waiting, behind }: Endpoint): boolean {
  return (behind ?? 0) > 0 || (waiting > 0 && TAKES_NOTHING.has(state));
}

/** Returns the name of an endpoint among those that wait. */
export const nameOf = ({ subscription }: Endpoint) => subscription ?? DEFAULT_ENDPOINT_ID;

/**
 * Divides what waits now between the head of the log and the endpoints that wait on their own.
 *
 * @param counts.unfinished deliveries of all endpoints that are neither accepted nor given up
 * @param counts.retrying those of them between two attempts, which wait for a time and not for
 *   their turn
 * @param counts.cancelledAhead rows of cancelled files that consumers have not come to; not among
 *   the unfinished ones, but among those that an endpoint counts
 */
export function waitingNow(
  endpoints: readonly Endpoint[],
  { unfinished, retrying, cancelledAhead }: Counts,
  nowMs: number,
): Waiting {
  const alone = endpoints.filter(waitsAlone);
  // The rows of files all are for the default endpoint.
  const countSent = (endpoint: Endpoint) =>
    Math.max(0, countWaiting(endpoint) - (endpoint.subscription === null ? cancelledAhead : 0));
  const left = alone.reduce((sum, endpoint) => sum + countSent(endpoint), 0);
  return {
    atMs: nowMs,
    head: Math.max(0, unfinished - Math.min(retrying, unfinished) - left),
    endpoints: new Map(alone.map((endpoint) => [nameOf(endpoint), countSent(endpoint)])),
  };
}
