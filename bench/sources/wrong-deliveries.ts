import { SUBSCRIPTIONS } from './events.ts';

/** Times of the last arrival, in ms, by the id of a delivery. */
export type Arrivals = Readonly<Record<string, number>>;

export interface EventPlace {
  /** Id of the event: that of a delivery has its subscription's behind it. */
  readonly id: string;
  readonly n: number;
  /** Events of one line lie one after the other, in the order of the list. */
  readonly line: string;
}

/** Deliveries by what is wrong with them. */
export interface Wrong {
  readonly lost: number;
  readonly repeated: number;
  /** Deliveries of events that their subscription does not take. */
  readonly unasked: number;
  /** Arrived before an earlier one of their line, though their subscription is in order by key. */
  readonly disordered: number;
}

/** Holds what arrived against what each subscription takes of the events. */
export function wrongDeliveries(
  places: readonly EventPlace[],
  arrivals: Arrivals,
): Omit<Wrong, 'repeated'> {
  const wrong = { lost: 0, disordered: 0 };
  let found = 0;
  for (const { id: subscription, ordering, takes } of SUBSCRIPTIONS) {
    const latest = new Map<string, number>();
    for (const { id, line } of places.filter(({ n }) => takes(n))) {
      const at = arrivals[`${id}-${subscription}`];
      if (at === undefined) {
        wrong.lost += 1;
        continue;
      }
      found += 1;
      if (ordering === 'key' && at < (latest.get(line) ?? 0)) wrong.disordered += 1;
      latest.set(line, Math.max(at, latest.get(line) ?? 0));
    }
  }
  return { ...wrong, unasked: Object.keys(arrivals).length - found };
}
