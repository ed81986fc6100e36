import type { CreateBody } from '../../console/subscriptions/body.ts';

/** Users whose events come in turn. */
export const USERS = 5_000;

/**
 * The event of a number, as the two programs beside this file write it, too: what each subscription
 * must get follows from the number alone.
 */
export function eventOf(n: number): { readonly key: string; readonly value: string } {
  const status = ['paid', 'open', 'void'][n % 3];
  const region = ['eu-west', 'eu-north', 'us-east', 'us-west'][n % 4];
  const value = JSON.stringify({ n, status, amount: n % 1_000, region });
  return { key: `user-${n % USERS}`, value };
}

type Ordering = NonNullable<CreateBody['ordering']>;

export interface FilteredSubscription {
  readonly id: string;
  readonly filter: string;
  readonly ordering: Ordering;
  readonly takes: (n: number) => boolean;
}

/** Three that take different events: a text, a number, and two conditions in order by key. */
export const SUBSCRIPTIONS: readonly FilteredSubscription[] = [
  {
    ...{ id: 'sub_paid', ordering: 'none' },
    filter: JSON.stringify({ body: { status: ['paid'] } }),
    takes: (n) => n % 3 === 0,
  },
  {
    ...{ id: 'sub_large', ordering: 'none' },
    filter: JSON.stringify({ body: { amount: [{ numeric: ['>=', 500] }] } }),
    takes: (n) => n % 1_000 >= 500,
  },
  {
    ...{ id: 'sub_ordered', ordering: 'key' },
    filter: JSON.stringify({
      body: { region: [{ prefix: 'eu-' }] },
      user: [{ prefix: 'user-1' }, { prefix: 'user-3' }],
    }),
    takes: (n) => n % 4 < 2 && /^[13]/.test(String(n % USERS)),
  },
];
