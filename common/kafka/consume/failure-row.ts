/** Longer than what passes by itself, such as a broker that starts again. */
const LASTING_MS = 60_000;

/** Failures of one thing that is tried again and again, without a success between them. */
export class FailureRow {
  private isFirst = true;
  private otherSinceMs: number | null = null;

  /**
   * @param isPassing such as a broker that is away, however long that takes
   * @returns 'lasting' when one that does not pass has lasted for a minute
   */
  add(isPassing: boolean, nowMs: number): 'first' | 'further' | 'lasting' {
    const { isFirst } = this;
    this.isFirst = false;
    this.otherSinceMs = isPassing ? null : (this.otherSinceMs ?? nowMs);
    if (this.otherSinceMs !== null && nowMs - this.otherSinceMs >= LASTING_MS) return 'lasting';
    return isFirst ? 'first' : 'further';
  }

  /** Ends the row of failures after a success. */
  end(): void {
    this.isFirst = true;
    this.otherSinceMs = null;
  }
}
