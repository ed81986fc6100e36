import { LEASE_MS } from './grant-budget.ts';

/** The part of the fleet's limits that is ours: some partitions of so many. */
export interface Share {
  readonly partitions: readonly number[];
  readonly of: number;
}

/**
 * Share in (0, 1]; the shares of all members add up to 1, so that no process needs to know the
 * others.
 */
export function fleetShare({ partitions, of }: Share): number {
  return partitions.length / of;
}

export const WHOLE: Share = { partitions: [0], of: 1 };

/**
 * At a low rate the fleet has a turn for each delivery, and partitions have the turns one after
 * the other. The clock says whose turn it is, so that processes which do not know each other
 * never send at the same time.
 */
export interface Turns {
  /** Rate of the whole fleet, in deliveries a second. */
  readonly ratePerSecond: number;
  readonly share: Share;
}

/**
 * Above this rate a slot would be shorter than a grant: each process then keeps to its share of the
 * rate.
 */
export function takesTurns(ratePerSecond: number): boolean {
  return ratePerSecond * LEASE_MS <= 1_000;
}

/** The turn that is on, counted from 1970. */
export function turnAt({ ratePerSecond }: Turns, nowMs: number): number {
  return Math.floor((nowMs * ratePerSecond) / 1_000);
}

/** When a turn begins, ms since 1970. */
export function turnStartMs({ ratePerSecond }: Turns, turn: number): number {
  return (turn * 1_000) / ratePerSecond;
}

/**
 * Our next turn.
 *
 * @param after a turn that has passed, or is on
 * @param share of at least one partition
 */
export function nextTurn({ share: { partitions, of } }: Turns, after: number): number {
  const turnsLater = (partition: number) => ((((partition - after - 1) % of) + of) % of) + 1;
  return after + Math.min(...partitions.map(turnsLater));
}
