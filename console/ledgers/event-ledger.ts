import type { Attempt } from '../../common/model/attempt.ts';
import { noCounts, stateAfter } from './delivery-state.ts';
import type { StateCounts } from './delivery-state.ts';

/**
 * Largest number of ids that are remembered of each kind below; an id takes some 100 bytes, so that
 * all of them take some 40 MB.
 */
const REMEMBERED_MAX = 200_000;

/**
 * Counts deliveries that come from no file by their last state.
 *
 * Exact as long as no more than 200,000 are unsettled (retrying or dead) at a time, and as no
 * delivery is attempted again after 200,000 others were delivered. Beyond the first, the oldest
 * leaves the counts; beyond the second, a repeat counts twice.
 */
export class EventLedger {
  readonly counts: StateCounts = noCounts();
  /** A state may yet change: kept apart, so that a flood of successes does not push them out. */
  private readonly unsettled = new Map<string, 'retrying' | 'dead'>();
  private readonly settled = new Map<string, 'delivered' | 'cancelled'>();

  apply({ id, state, count = 1 }: Pick<Attempt, 'id' | 'state' | 'count'>): void {
    const next = stateAfter(state);
    if (!next) return;
    if (count > 1) {
      this.counts[next] += count;
      return;
    }
    const before = this.forget(id);
    if (before) this.counts[before] -= 1;
    this.counts[next] += 1;
    if (next === 'delivered' || next === 'cancelled') {
      this.settled.set(id, next);
      if (this.settled.size > REMEMBERED_MAX) this.settled.delete(oldestOf(this.settled));
      return;
    }
    this.unsettled.set(id, next);
    if (this.unsettled.size <= REMEMBERED_MAX) return;
    const oldest = this.forget(oldestOf(this.unsettled));
    if (oldest) this.counts[oldest] -= 1;
  }

  /** @returns the state that was remembered */
  private forget(id: string): keyof StateCounts | null {
    const state = this.unsettled.get(id) ?? this.settled.get(id) ?? null;
    this.unsettled.delete(id);
    this.settled.delete(id);
    return state;
  }
}

/** A map keeps the order of insertion. */
function oldestOf(ids: ReadonlyMap<string, unknown>): string {
  return ids.keys().next().value as string;
}
