import type { Attempt, DeliveryState } from '../../common/model/attempt.ts';
import type { EndpointView } from './endpoint-view.ts';

const WINDOW_S = 60;
/**
 * Failures in a row while others succeed: more than chance, at a receiver that now and then fails.
 */
const FAILING_AFTER = 20;
const THROTTLED_FOR_MS = 5_000;

type Shown = 'subscription' | 'target' | 'rate' | 'last_status' | 'last_error' | 'last_attempt_at';

/** The part of an endpoint's view that its attempts show. */
export interface EndpointStatus extends Pick<EndpointView, Shown> {
  readonly state: Exclude<EndpointView['state'], 'circuit-open' | 'paused' | 'disabled'>;
}

/** Facts from an endpoint's last attempts, for callers that want to send the endpoint more. */
export interface EndpointEvidence {
  readonly state: EndpointStatus['state'];
  readonly lastState: DeliveryState;
  /** ms since 1970. */
  readonly lastAttemptAtMs: number;
}

/** Statistics of an endpoint's attempts in the last minute. */
export class EndpointStats {
  private readonly delivered = new Array<number>(WINDOW_S).fill(0);
  private readonly seconds = new Array<number>(WINDOW_S).fill(0);
  private failuresInRow = 0;
  private throttledAtMs = 0;
  private last: Attempt | null = null;

  apply(attempt: Attempt): void {
    // A delivery that was never sent says nothing about the endpoint.
    if (attempt.attempt === 0 || attempt.state === 'cancelled') return;
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

  status(subscription: string | null, target: string, nowMs: number): EndpointStatus {
    const { last } = this;
    const delivered = this.deliveredInWindow(nowMs);
    return {
      subscription,
      target,
      state: this.isIdle(nowMs) ? 'idle' : this.stateAt(nowMs, delivered),
      rate: Math.round((delivered / WINDOW_S) * 10) / 10,
      last_status: last?.status ?? null,
      last_error: last?.error ?? null,
      last_attempt_at: last ? new Date(last.at).toISOString() : null,
    };
  }

  /** null before the first attempt. Here a failure counts until something is accepted. */
  evidence(nowMs: number): EndpointEvidence | null {
    if (!this.last) return null;
    const state = this.stateAt(nowMs, this.deliveredInWindow(nowMs));
    return { state, lastState: this.last.state, lastAttemptAtMs: this.last.at };
  }

  private deliveredInWindow(nowMs: number): number {
    const since = Math.floor(nowMs / 1_000) - WINDOW_S;
    return this.delivered
      .filter((_, slot) => (this.seconds[slot] as number) > since)
      .reduce((total, count) => total + count, 0);
  }

  private stateAt(nowMs: number, delivered: number): EndpointStatus['state'] {
    if (nowMs - this.throttledAtMs < THROTTLED_FOR_MS) return 'throttled';
    if (this.failuresInRow >= FAILING_AFTER) return 'failing';
    // However few there are: when nothing gets through, it must be seen at once.
    if (this.failuresInRow > 0 && delivered === 0) return 'failing';
    return this.isIdle(nowMs) ? 'idle' : 'ok';
  }

  /**
   * Returns whether nothing was attempted in the last minute, whatever came of the attempts before.
   */
  private isIdle(nowMs: number): boolean {
    return !this.last || nowMs - this.last.at > WINDOW_S * 1_000;
  }
}
