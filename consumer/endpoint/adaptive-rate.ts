/**
 * The rate that an endpoint bears, found by trying: multiplicative decrease when it answers 429,
 * then a climb that begins slowly and grows while it is quiet, so that a limit that has gone is
 * soon forgotten (the idea of TCP's congestion control).
 */
export interface Pace {
  /** Deliveries a second; null: no limit known. */
  readonly ratePerSecond: number | null;
  /** Time until which nothing is sent, ms since 1970. */
  readonly pausedUntilMs: number;
  /** When the last throttling answer to count came, ms; 0 before the first. */
  readonly throttledAtMs: number;
  /** The rate that was set after that answer. */
  readonly rateAfterThrottle: number;
  /** Pause to take when the endpoint does not say how long, ms; doubles while it goes on. */
  readonly defaultPauseMs: number;
  /** Throttling answers to count, one after the other, with nothing accepted in between. */
  readonly refusedInRow: number;
}

export const UNTHROTTLED: Pace = {
  ratePerSecond: null,
  pausedUntilMs: 0,
  throttledAtMs: 0,
  rateAfterThrottle: 0,
  defaultPauseMs: 1_000,
  refusedInRow: 0,
};

const DECREASE = 0.8;
const CLIMB_PER_SECOND = 0.05;
/** The climb doubles in every such span without a throttling answer, s. */
const CLIMB_DOUBLES_S = 5;
const RATE_MIN = 0.05;
/** Rate above which the limit is dropped, in deliveries a second. */
const RATE_FORGOTTEN = 20_000;
const DEFAULT_PAUSE_MS_MAX = 60_000;
/** A `Retry-After` below this says "at once". */
const SHORT_MS = 1_000;
const SHORT_PAUSE_MS = 500;

export interface Throttled {
  readonly nowMs: number;
  /** When the refused request was sent: one burst of refusals counts once. */
  readonly sentAtMs: number;
  readonly retryAfterMs: number | null;
  /** Whether anything was accepted since the last throttling answer. */
  readonly hasAccepted: boolean;
  /** Deliveries a second that the endpoint accepted lately. */
  readonly acceptedPerSecond: number;
}

/** Returns the pace after a 429, or after a 503 with Retry-After. */
export function throttle(pace: Pace, event: Throttled): Pace {
  const isOfSameBurst = event.sentAtMs <= pace.throttledAtMs;
  const before = event.hasAccepted && !isOfSameBurst ? 0 : pace.refusedInRow;
  const refusedInRow = isOfSameBurst ? before : before + 1;
  const pauseMs = pauseOf(event.retryAfterMs, refusedInRow) ?? pace.defaultPauseMs;
  const pausedUntilMs = Math.max(pace.pausedUntilMs, event.nowMs + pauseMs);
  if (isOfSameBurst) return { ...pace, pausedUntilMs };
  const rate = Math.max(RATE_MIN, event.acceptedPerSecond * DECREASE);
  return {
    ratePerSecond: rate,
    pausedUntilMs,
    throttledAtMs: event.nowMs,
    rateAfterThrottle: rate,
    defaultPauseMs: Math.min(DEFAULT_PAUSE_MS_MAX, pace.defaultPauseMs * 2),
    refusedInRow,
  };
}

/**
 * Returns the pause that `Retry-After` requests, in ms. "At once", or a date that has passed, is
 * believed the first time; after repeated refusals the pause grows up to a minute, as such requests
 * would never end.
 */
function pauseOf(retryAfterMs: number | null, refusedInRow: number): number | null {
  if (retryAfterMs === null || retryAfterMs >= SHORT_MS || refusedInRow <= 1) return retryAfterMs;
  return Math.min(DEFAULT_PAUSE_MS_MAX, SHORT_PAUSE_MS * 2 ** (refusedInRow - 1));
}

/** The climb since the last throttling answer; call it about once a second. */
export function climb(pace: Pace, nowMs: number): Pace {
  if (pace.ratePerSecond === null) return pace;
  const quietS = (nowMs - Math.max(pace.throttledAtMs, pace.pausedUntilMs)) / 1_000;
  if (quietS <= 0) return pace;
  const growth = (2 ** (quietS / CLIMB_DOUBLES_S) - 1) * CLIMB_PER_SECOND * CLIMB_DOUBLES_S;
  const floor = 0.1 * quietS;
  const rate = pace.rateAfterThrottle * (1 + growth / Math.LN2) + floor;
  if (rate > RATE_FORGOTTEN) return UNTHROTTLED;
  const isCalm = quietS > CLIMB_DOUBLES_S;
  return {
    ...pace,
    ratePerSecond: rate,
    defaultPauseMs: isCalm ? UNTHROTTLED.defaultPauseMs : pace.defaultPauseMs,
  };
}
