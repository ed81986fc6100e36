/** A report of a consumer counts so many subscriptions at most. */
const REPORTED_MAX = 1_000;

/** Counts, by subscription, the events that its filter has left out since the process began. */
export class FilteredCounts {
  private readonly counts = new Map<string, number>();

  readonly count = (subscription: string): void => {
    this.counts.set(subscription, (this.counts.get(subscription) ?? 0) + 1);
  };

  /** The counts as a consumer reports them. */
  report(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.list(REPORTED_MAX));
  }

  /** @param most how many subscriptions are listed at most: those that came first */
  list(most: number): readonly (readonly [subscription: string, count: number])[] {
    return [...this.counts].slice(0, most);
  }

  /** Events that are not in a list of so many subscriptions. */
  beyond(most: number): number {
    return [...this.counts.values()].slice(most).reduce((sum, count) => sum + count, 0);
  }
}
