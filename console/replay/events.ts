import { withDeadline } from '../../common/base/loaded.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { isForDefaultToo, takesEvent } from '../../common/subscriptions/fan-out.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint-id.ts';
import type { ReplayFilter } from './replay-filter.ts';
import type { StoreDeps } from './store.ts';
import { opening } from '../../common/user-keys/body-keys.ts';

/**
 * Loads what tells which events are for the subscription that a replay asks for.
 *
 * @returns whether an event is for it; of no use to a replay that asks for none
 * @throws BrokerUnavailableError
 */
export async function loadTakes(
  { subscriptions, bodyKeys }: Pick<StoreDeps, 'subscriptions' | 'bodyKeys'>,
  { subscription }: Pick<ReplayFilter, 'subscription'>,
): Promise<(event: LogRecord) => boolean> {
  if (subscription === null) return () => false;
  if (subscription === DEFAULT_ENDPOINT_ID) return isForDefaultToo;
  await subscriptions.caughtUp();
  const open = opening(bodyKeys);
  return (event) => takesEvent(subscriptions.get(subscription), event, open);
}

/**
 * Why an endpoint is none that can be asked for, or null when it can.
 *
 * @throws BrokerUnavailableError
 */
export async function endpointRule(
  { subscriptions }: Pick<StoreDeps, 'subscriptions'>,
  { subscription: id }: Pick<ReplayFilter, 'subscription'>,
): Promise<string | null> {
  if (id === null || id === DEFAULT_ENDPOINT_ID) return null;
  // Another console may have made it a moment ago.
  await withDeadline(subscriptions.caughtUp(), 'the subscriptions');
  const state = subscriptions.get(id)?.state ?? 'deleted';
  return state === 'deleted' ? 'allowed: the id of a subscription that is there, or default' : null;
}
