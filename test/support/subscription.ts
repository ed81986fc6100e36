import type { Subscription } from '../../common/model/subscription.ts';
import { createdSubscription } from '../../console/subscriptions/change.ts';

export type GivenSubscription = Partial<Subscription> & Pick<Subscription, 'id'>;

/** An enabled subscription to everything, without limits; `given` says what is different. */
export function aSubscription(given: GivenSubscription): Subscription {
  const { id } = given;
  const created = createdSubscription(
    { target_url: `http://a/${id}` },
    { id, sealedSecret: '', begins: null, nowMs: 1 },
  );
  return { ...created, secrets: [], ...given };
}
