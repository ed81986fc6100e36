import type { Attempt } from '../../common/attempt.ts';
import { noCounts, stateAfter } from './delivery-state.ts';
import type { StateCounts } from './delivery-state.ts';

/** Deliveries whose last state is remembered; beyond it the oldest are only counted. */
const REMEMBERED_MAX = 200_000;

/**
 * Counts deliveries that come from no file by their last state. Exact for the last 200,000; an
 * older one that is attempted again counts once more.
 */
export class EventLedger {
  readonly counts: StateCounts = noCounts();
  private readonly last = new Map<string, keyof StateCounts>();

  apply({ id, state }: Pick<Attempt, 'id' | 'state'>): void {
    const next = stateAfter(state);
    if (!next) return;
    const before = this.last.get(id);
    if (before) {
      this.counts[before] -= 1;
      this.last.delete(id);
    }
    this.counts[next] += 1;
    this.last.set(id, next);
    if (this.last.size <= REMEMBERED_MAX) return;
    const [oldest] = this.last.keys();
    if (oldest !== undefined) this.last.delete(oldest);
  }
}
