import { GRANT_MS } from './grant-budget.ts';

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
 * At a low rate the fleet has a slot for each delivery, and partitions have the slots one after
 * the other. The clock says whose slot it is, so that processes which do not know each other
 * never send at the same time.
 */
export interface TimeSlots {
  /** Rate of the whole fleet, in deliveries a second. */
  readonly ratePerSecond: number;
  readonly share: Share;
}

/**
 * Above this rate a slot would be shorter than a grant: each process then keeps to its share of the
 * rate.
 */
export function usesTimeSlots(ratePerSecond: number): boolean {
  return ratePerSecond * GRANT_MS <= 1_000;
}

/** Number of the present slot, counted from 1970. */
export function slotAt({ ratePerSecond }: TimeSlots, nowMs: number): number {
  return Math.floor((nowMs * ratePerSecond) / 1_000);
}

/** Start of a slot, ms since 1970. */
export function slotStartMs({ ratePerSecond }: TimeSlots, slot: number): number {
  return (slot * 1_000) / ratePerSecond;
}

/**
 * Finds this process's next slot.
 *
 * @param after a past or the present slot
 * @param share of at least one partition
 */
export function nextSlot({ share: { partitions, of } }: TimeSlots, after: number): number {
  const turnsLater = (partition: number) => ((((partition - after - 1) % of) + of) % of) + 1;
  return after + Math.min(...partitions.map(turnsLater));
}
