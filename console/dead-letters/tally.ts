import { HEADER } from '../../common/model/delivery.ts';
import type { Verdict } from './redrive-filter.ts';
import type { FailureGroup } from './schemas.ts';

/** Counts what a redrive has found and done so far. */
export class RedriveTally {
  /** Dead letters that the filter means and that were not put back before. */
  matched = 0;
  /** Matched dead letters that are in delivery again. */
  redriven = 0;
  private readonly reasons = new Map<string, number>();
  private readonly groups = new Map<string, FailureGroup>();

  /** The dead letters are looked at from the start, without those that are in delivery again. */
  begin(): void {
    this.matched = this.redriven;
    this.reasons.clear();
    this.groups.clear();
  }

  /** @param headers of the dead letter */
  count(headers: Readonly<Record<string, string>>, verdict: Verdict): void {
    if (verdict.kind === 'skip') {
      this.reasons.set(verdict.reason, (this.reasons.get(verdict.reason) ?? 0) + 1);
    }
    if (verdict.kind !== 'redrive') return;
    this.matched += 1;
    const subscription = headers[HEADER.subscription] ?? null;
    const status = headers[HEADER.lastStatus] || null;
    const name = JSON.stringify([subscription, status]);
    const count = (this.groups.get(name)?.count ?? 0) + 1;
    this.groups.set(name, { subscription, status, count });
  }

  /** How many cannot be delivered, by reason. */
  get skipped(): Record<string, number> {
    return Object.fromEntries(this.reasons);
  }

  /** The matches, the most frequent failure first. */
  get failures(): FailureGroup[] {
    return [...this.groups.values()].sort((a, b) => b.count - a.count);
  }
}
