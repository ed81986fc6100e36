/** The limiter's decision about one request. */
export type Taken =
  /** Count it at `atMs`, which is now or at most `HOLD_MS` later; answer no sooner than that. */
  | { readonly kind: 'accepted'; readonly atMs: number }
  /** Whole seconds until there is room again, rounded up, as `Retry-After` wants them. */
  | { readonly kind: 'refused'; readonly retryAfterS: number };

export interface RateLimiter {
  /** @param nowMs never lower than in the call before */
  take(key: string, nowMs: number): Taken;
}

/** How long a request that comes a little early is held instead of refused. */
export const HOLD_MS = 25;
/** Above this number of keys, those that have been idle for a window are removed. */
const KEYS_MAX = 10_000;

interface Accepted {
  /** Times of the last accepted requests, at most one window's count; a ring once it is full. */
  readonly times: number[];
  /** Index of the oldest time in a full ring. */
  oldest: number;
  newestMs: number;
}

/**
 * A sliding window for each key, exact: of any two accepted requests that are `count` apart, the
 * later one comes at least a window after the earlier. The window is one second and the count is
 * `rps`; for a fraction it is the shortest longer window with a whole count (0.5: one in two
 * seconds; 2.5: three in 1.2 seconds).
 *
 * Held to the microsecond, that rule would refuse some requests of a client that sends at exactly
 * `rps`, because no two requests travel equally long. So a request that comes up to `HOLD_MS`
 * before its place in the window is held until then: the rate is kept and the client not refused.
 * A burst within the rate passes at once.
 *
 * @param rps accepted requests a second for each key, above 0
 */
export function createRateLimiter(rps: number): RateLimiter {
  const count = Math.ceil(rps);
  const windowMs = (count / rps) * 1_000;
  const accepted = new Map<string, Accepted>();

  function of(key: string, nowMs: number): Accepted {
    const known = accepted.get(key);
    if (known) return known;
    if (accepted.size >= KEYS_MAX) {
      for (const [name, { newestMs }] of accepted) {
        if (nowMs - newestMs >= windowMs) accepted.delete(name);
      }
    }
    const fresh: Accepted = { times: [], oldest: 0, newestMs: nowMs };
    accepted.set(key, fresh);
    return fresh;
  }

  function take(key: string, nowMs: number): Taken {
    const record = of(key, nowMs);
    const { times, oldest } = record;
    const full = times.length === count;
    const atMs = full ? Math.max(nowMs, (times[oldest] as number) + windowMs) : nowMs;
    if (atMs - nowMs > HOLD_MS) {
      return { kind: 'refused', retryAfterS: Math.ceil((atMs - nowMs) / 1_000) };
    }
    if (full) {
      times[oldest] = atMs;
      record.oldest = (oldest + 1) % count;
    } else times.push(atMs);
    record.newestMs = atMs;
    return { kind: 'accepted', atMs };
  }
  return { take };
}
