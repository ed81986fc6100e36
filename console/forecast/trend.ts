/** Deliveries that waited at a moment, in the head of the log and for each endpoint behind. */
export interface Waiting {
  readonly atMs: number;
  readonly head: number;
  /** By a subscription's id, or `default`. */
  readonly endpoints: ReadonlyMap<string, number>;
}

/** So long a trend looks back, ms: as long as the rates of endpoints do. */
const KEPT_MS = 60_000;
/** Over less than this a trend is chance. */
const SPAN_MS_MIN = 8_000;

/** Remembers what waited in the last minute. */
export class WaitingTrend {
  private kept: Waiting[] = [];

  add(now: Waiting): void {
    this.kept = [...this.kept.filter(({ atMs }) => atMs >= now.atMs - KEPT_MS), now];
  }

  /**
   * Returns how many fewer wait each second; below 0: more of them. null: it is not known yet.
   *
   * @param pick what waited at a moment; undefined: that is not known
   */
  drainedPerSecond(pick: (waiting: Waiting) => number | undefined): number | null {
    const known = this.kept.flatMap((waiting) => {
      const count = pick(waiting);
      return count === undefined ? [] : [{ atMs: waiting.atMs, count }];
    });
    const [first, last] = [known[0], known.at(-1)];
    if (!first || !last || last.atMs - first.atMs < SPAN_MS_MIN) return null;
    return ((first.count - last.count) * 1_000) / (last.atMs - first.atMs);
  }
}
