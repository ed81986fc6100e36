import type { Subscription } from '../../common/subscription.ts';

export type GivenSubscription = Partial<Subscription> & Pick<Subscription, 'id'>;

/** An enabled subscription to everything, without limits; `given` says what is different. */
export function aSubscription(given: GivenSubscription): Subscription {
  return {
    targetUrl: `http://a/${given.id}`,
    eventTypes: [],
    rateLimit: null,
    ordering: null,
    headers: {},
    description: '',
    state: 'enabled',
    disabledReason: null,
    failing: null,
    signatures: ['v1'],
    secrets: [],
    createdAt: 1,
    updatedAt: 1,
    ...given,
  };
}
