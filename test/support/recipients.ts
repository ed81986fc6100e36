import { UNCHANGED } from '../../common/subscriptions/default-endpoint.ts';
import { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { Subscription } from '../../common/model/subscription.ts';

/** Recipients of events among subscriptions that never change. */
export function recipientsOf(...subscriptions: readonly Subscription[]): Recipients {
  const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
  const table = {
    get: (id: string) => byId.get(id),
    entries: () => byId.entries(),
    onChange: () => {},
    defaultEndpoint: () => UNCHANGED,
  };
  return new Recipients(table, () => '');
}
