import type { Window } from './window.ts';

/**
 * A bucket is known by one number: when it will be full again, ms. It holds as many tokens as the
 * window has points, and gets one each time the window's share of one has passed.
 */
export interface Taken {
  readonly fullAtMs: number;
  /** Time until there will be a token, in ms; 0: there was one. */
  readonly waitMs: number;
}

/** @param fullAtMs of the bucket so far; a bucket not seen before is full */
export function takeToken(fullAtMs: number, { points, seconds }: Window, nowMs: number): Taken {
  const capacityMs = seconds * 1_000;
  const next = Math.max(fullAtMs, nowMs) + capacityMs / points;
  const waitMs = next - nowMs - capacityMs;
  // Clocks count in milliseconds, and adding fractions to their large numbers is not exact.
  return waitMs >= 1 ? { fullAtMs, waitMs } : { fullAtMs: next, waitMs: 0 };
}
