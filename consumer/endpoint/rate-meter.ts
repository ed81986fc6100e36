const SPAN_MS = 5_000;

/** How many deliveries a second an endpoint accepted lately: over the last five to ten seconds. */
export class RateMeter {
  private spanStartMs = 0;
  private inSpan = 0;
  private before = 0;
  private firstMs = 0;

  count(nowMs: number): void {
    this.roll(nowMs);
    this.inSpan += 1;
  }

  perSecond(nowMs: number): number {
    this.roll(nowMs);
    const sinceMs = Math.min(SPAN_MS + nowMs - this.spanStartMs, nowMs - this.firstMs);
    // Over less than a second a burst would pass for a rate.
    return (this.before + this.inSpan) / Math.max(1, sinceMs / 1_000);
  }

  private roll(nowMs: number): void {
    if (this.firstMs === 0 || nowMs - this.spanStartMs > 2 * SPAN_MS) {
      this.firstMs = nowMs;
      this.spanStartMs = nowMs;
      this.before = 0;
      this.inSpan = 0;
    } else if (nowMs - this.spanStartMs > SPAN_MS) {
      this.before = this.inSpan;
      this.inSpan = 0;
      this.spanStartMs += SPAN_MS;
    }
  }
}
