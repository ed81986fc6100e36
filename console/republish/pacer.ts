import { pause } from '../../common/base/retry.ts';
import { nextDueMs } from './pace.ts';

/** Keeps the transactions of one run at its rate. */
export class Pacer {
  private readonly rate: number | null;
  private readonly signal: AbortSignal | undefined;
  /** Time before which the next transaction would exceed the rate, in ms. */
  private dueMs = 0;

  /** @param rate records a second; null: as fast as Kafka takes them */
  constructor(rate: number | null, signal: AbortSignal | undefined) {
    this.rate = rate;
    this.signal = signal;
  }

  /**
   * Waits until a transaction of `count` records is due.
   *
   * @returns false when the run was stopped meanwhile
   */
  async turn(count: number): Promise<boolean> {
    const nowMs = performance.now();
    const waitMs = Math.max(0, this.dueMs - nowMs);
    if (waitMs > 0) await pause(waitMs, this.signal);
    if (this.signal?.aborted) return false;
    this.dueMs = nextDueMs(this.rate, { count, atMs: nowMs + waitMs });
    return true;
  }
}
