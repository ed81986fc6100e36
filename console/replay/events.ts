import type { LogRecord } from '../../common/kafka/log-record.ts';
import { takesEvent } from '../../common/subscriptions/fan-out.ts';
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
  await subscriptions.caughtUp();
  const open = opening(bodyKeys);
  return (event) => takesEvent(subscriptions.get(subscription), event, open);
}
