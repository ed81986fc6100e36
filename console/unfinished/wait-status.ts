import type { EndpointReport, RestingReason } from '../../common/model/consumer-state.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { restingOf } from '../ledgers/endpoint-list.ts';
import type { PartitionPosition } from './positions.ts';
import type { QueuedDelivery } from './queued-delivery.ts';

const PAUSES: Readonly<Record<RestingReason, string>> = {
  'retry-after': 'its endpoint has asked for a pause',
  proxy: 'the proxy of its endpoint fails',
  'token-server': 'the token server of its endpoint fails',
};

/** State of an unfinished delivery of which no attempt is under way. */
export interface WaitStatus {
  /**
   * `queued`: it goes as soon as there is a place for it; `waiting`: it cannot go now; `cancelled`:
   * the consumers will pass it over.
   */
  readonly state: 'queued' | 'waiting' | 'cancelled';
  /** Why it waits or does not go; null when it is queued. */
  readonly reason: string | null;
}

/** Facts that are known about an endpoint. */
export interface EndpointFacts {
  /** undefined: there is none, or it is the endpoint of WEBHOOK_URL. */
  readonly subscription: Pick<Subscription, 'state' | 'disabledReason' | 'isPaused'> | undefined;
  readonly isDefaultDisabled: boolean;
  readonly isDefaultPaused?: boolean;
  /** Reports of the consumers about the endpoint. */
  readonly reports: readonly Pick<EndpointReport, 'state' | 'restingUntil' | 'restingReason'>[];
}

/** Why an endpoint takes nothing now; null: it does. */
export function closedReason(facts: EndpointFacts): string | null {
  const { subscription, isDefaultDisabled, reports } = facts;
  if (subscription?.state === 'disabled') {
    const { disabledReason } = subscription;
    return `its subscription is disabled${disabledReason === null ? '' : `: ${disabledReason}`}`;
  }
  if (subscription?.isPaused || facts.isDefaultPaused) return 'its endpoint is paused';
  if (isDefaultDisabled) return 'the endpoint of WEBHOOK_URL is disabled';
  const says = (wanted: EndpointReport['state']) => reports.some(({ state }) => state === wanted);
  if (says('disabled')) return 'its endpoint cannot be used; see GET /status';
  if (says('circuit-open')) return 'its endpoint fails: it is tried again now and then';
  const { resting_until: until, resting_reason: reason } = restingOf(reports);
  const pause = PAUSES[reason ?? 'retry-after'];
  if (until !== null) return `${pause}; until ${until}`;
  return says('paused') ? pause : null;
}

/**
 * Tells a delivery that waits for its endpoint or its time from one that waits for its turn.
 *
 * @param closed why its endpoint takes nothing now; null: it does
 */
export function waitStatusOf(
  { endpoint, dueAtMs, record: { offset } }: QueuedDelivery,
  { cursors, head }: Pick<PartitionPosition, 'cursors' | 'head'>,
  closed: string | null,
  nowMs: number,
): WaitStatus {
  if (closed !== null) return { state: 'waiting', reason: closed };
  const cursor = cursors.get(endpoint);
  if (cursor && offset < head.offset) {
    return { state: 'waiting', reason: `its endpoint is behind, at offset ${cursor.offset}` };
  }
  if (dueAtMs !== null && dueAtMs > nowMs) {
    return { state: 'waiting', reason: `it is due at ${isoTime(dueAtMs)}` };
  }
  return { state: 'queued', reason: null };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
