import type { LogRecord } from '../../common/kafka/log-record.ts';
import { takesEvent } from '../../common/subscriptions/fan-out.ts';
import type { ReplayFilter } from './replay-filter.ts';
import type { StoreDeps } from './store.ts';

/**
 * Loads what tells which events are for the subscription that a replay asks for.
 *
 * @returns whether an event is for it; of no use to a replay that asks for none
 * @throws BrokerUnavailableError
 */
export async function loadTakes(
  { subscriptions }: Pick<StoreDeps, 'subscriptions'>,
  { subscription }: Pick<ReplayFilter, 'subscription'>,
): Promise<(event: LogRecord) => boolean> {
  if (subscription === null) return () => false;
  await subscriptions.caughtUp();
  return (event) => takesEvent(subscriptions.get(subscription), event);
}
