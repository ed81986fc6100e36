import type { DeliveryState } from '../../common/model/attempt.ts';

/** Number of deliveries in each state, by their last attempt. */
export interface StateCounts {
  delivered: number;
  retrying: number;
  dead: number;
  cancelled: number;
}

/**
 * Returns the state of a delivery after an attempt; null when the attempt changes nothing, such as
 * a throttled one.
 */
export function stateAfter(state: DeliveryState): keyof StateCounts | null {
  return state === 'throttled' ? null : state;
}

export function noCounts(): StateCounts {
  return { delivered: 0, retrying: 0, dead: 0, cancelled: 0 };
}
