import { pause } from '../../common/base/retry.ts';

const MEASURE_INTERVAL_MS = 1_000;

/**
 * Keeps copies from filling the backlog: at `MAX_LAG` undelivered records new deliveries are
 * refused, so that copies wait at half of it.
 */
export class BacklogGate {
  private readonly fetchLag: () => Promise<number>;
  private readonly most: number;
  /** The lag when it was last measured, and what we have added since. */
  private estimate = Infinity;

  /** @param fetchLag undelivered records of the whole system */
  constructor({ fetchLag, lagMax }: { fetchLag: () => Promise<number>; lagMax: number }) {
    this.fetchLag = fetchLag;
    this.most = Math.ceil(lagMax / 2);
  }

  /** Waits until there is room for so many more; an abort ends the wait. */
  async room(count: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.estimate + count > this.most && !signal?.aborted) {
      this.estimate = await this.fetchLag();
      // An empty backlog takes a transaction of any size.
      if (this.estimate === 0 || this.estimate + count <= this.most) break;
      await pause(MEASURE_INTERVAL_MS, signal);
    }
    this.estimate += count;
  }
}
