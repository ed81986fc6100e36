import type { Attempt } from '../common/attempt.ts';

const WINDOW_S = 60;
const FAILING_AFTER = 20;
const THROTTLED_FOR_MS = 5_000;

export interface EndpointStatus {
  /** null: the default endpoint. */
  readonly subscription: string | null;
  readonly url: string;
  readonly state: 'idle' | 'ok' | 'throttled' | 'failing';
  /** Deliveries a second over the last minute. */
  readonly ratePerSecond: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly lastAttemptAt: string | null;
}

/** What the attempts of the last minute say of an endpoint. */
export class EndpointStats {
  private readonly delivered = new Array<number>(WINDOW_S).fill(0);
  private readonly seconds = new Array<number>(WINDOW_S).fill(0);
  private failuresInRow = 0;
  private throttledAtMs = 0;
  private last: Attempt | null = null;

  apply(attempt: Attempt): void {
    this.last = attempt;
    if (attempt.state === 'throttled') {
      this.throttledAtMs = attempt.at;
      return;
    }
    if (attempt.state !== 'delivered') {
      this.failuresInRow += 1;
      return;
    }
    this.failuresInRow = 0;
    const second = Math.floor(attempt.at / 1_000);
    const slot = second % WINDOW_S;
    if (this.seconds[slot] !== second) this.delivered[slot] = 0;
    this.seconds[slot] = second;
    this.delivered[slot] = (this.delivered[slot] as number) + 1;
  }

  status(subscription: string | null, url: string, nowMs: number): EndpointStatus {
    const since = Math.floor(nowMs / 1_000) - WINDOW_S;
    const inWindow = this.delivered.filter((_, slot) => (this.seconds[slot] as number) > since);
    const sum = inWindow.reduce((total, count) => total + count, 0);
    const { last } = this;
    return {
      subscription,
      url,
      state: this.stateAt(nowMs),
      ratePerSecond: Math.round((sum / WINDOW_S) * 10) / 10,
      lastStatus: last?.status ?? null,
      lastError: last?.error ?? null,
      lastAttemptAt: last ? new Date(last.at).toISOString() : null,
    };
  }

  private stateAt(nowMs: number): EndpointStatus['state'] {
    if (nowMs - this.throttledAtMs < THROTTLED_FOR_MS) return 'throttled';
    if (this.failuresInRow >= FAILING_AFTER) return 'failing';
    if (!this.last || nowMs - this.last.at > WINDOW_S * 1_000) return 'idle';
    return 'ok';
  }
}
