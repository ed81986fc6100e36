/** An end offset seen at a time. */
export interface Sample {
  readonly atMs: number;
  readonly end: number;
}

const SAMPLES_MAX = 3_600;

/**
 * Estimates the age of the oldest uncommitted record of a partition from end offsets seen over
 * time: the record at the committed offset was written when the end passed it. Exact to the
 * sampling interval; for records from before the first sample, the age is a lower bound.
 */
export class LagAge {
  private samples: Sample[];

  /** @param known ends of earlier times, oldest first, as the timestamps of records tell */
  constructor(known: readonly Sample[] = []) {
    this.samples = [...known];
  }

  /** Takes a sample. @returns age in seconds, 0 when nothing is uncommitted */
  seconds(nowMs: number, end: number, committed: number): number {
    const last = this.samples.at(-1);
    if (!last || last.end !== end) this.samples.push({ atMs: nowMs, end });
    // Samples at which the committed offset had been written no longer tell anything.
    while (this.samples.length > 1 && (this.samples[0] as Sample).end <= committed) {
      this.samples.shift();
    }
    if (this.samples.length > SAMPLES_MAX)
      this.samples = this.samples.filter((_, n) => n % 2 === 0);
    if (committed >= end) return 0;
    const written = this.samples.find((sample) => sample.end > committed);
    return written ? Math.max(0, (nowMs - written.atMs) / 1_000) : 0;
  }
}
