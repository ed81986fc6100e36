const MINUTES = 60;
const MINUTE_MS = 60_000;

/** Counts what happened within the last hour, minute by minute. */
export class LastHour {
  private readonly counts = new Array<number>(MINUTES).fill(0);
  /** Which minute since 1970 each count is of. */
  private readonly minutes = new Array<number>(MINUTES).fill(-1);

  add(atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const slot = minute % MINUTES;
    const known = this.minutes[slot] as number;
    // The slot is of a later hour by now.
    if (known > minute) return;
    if (known < minute) this.counts[slot] = 0;
    this.minutes[slot] = minute;
    this.counts[slot] = (this.counts[slot] as number) + 1;
  }

  /** @param minutes the last ones that count, 60 at most */
  sum(nowMs: number, minutes = MINUTES): number {
    const since = Math.floor(nowMs / MINUTE_MS) - minutes;
    return this.counts
      .filter((_, slot) => (this.minutes[slot] as number) > since)
      .reduce((total, count) => total + count, 0);
  }
}
