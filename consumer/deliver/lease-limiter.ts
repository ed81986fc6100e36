import Bottleneck from 'bottleneck';

/**
 * Paces sends by leases. One Bottleneck job costs some timer ticks, which caps a limiter at a few
 * hundred jobs a second; so a job is not one send but the right to a number of them.
 */
export interface LeaseLimiter {
  /** Takes the right to one send. When false, `onLease` is called as soon as there is one. */
  tryTake(): boolean;
  /** @param ratePerSecond sends a second, fractions allowed; null: no limit */
  setRate(ratePerSecond: number | null): void;
  close(): void;
}

/** At high rates a lease is what this span allows; below, it is one send. */
const LEASE_MS = 20;
/** Without a limit leases are large, and renewed before they are used up. */
const UNLIMITED_LEASE = 10_000;

export function createLeaseLimiter(onLease: () => void): LeaseLimiter {
  let ratePerSecond: number | null = null;
  let limiter = new Bottleneck({ maxConcurrent: 1 });
  let tokens = UNLIMITED_LEASE;
  /** What a lease left over of a token, in [0, 1): rounding must not slow the rate. */
  let fraction = 0;
  let lastGrantMs = performance.now();
  let isRequested = false;

  function grant(): void {
    const nowMs = performance.now();
    if (ratePerSecond === null) {
      tokens = UNLIMITED_LEASE;
    } else {
      // By the time that really passed: timers come late, and a lease must make up for it. An
      // idle spell earns hardly more than a lease: at a low rate two at once would be too many.
      const elapsedMs = Math.min(nowMs - lastGrantMs, intervalMs(ratePerSecond) + LEASE_MS);
      const earned = fraction + (elapsedMs * ratePerSecond) / 1_000;
      const whole = Math.floor(earned);
      fraction = earned - whole;
      tokens += whole;
    }
    lastGrantMs = nowMs;
    isRequested = false;
    if (tokens > 0) onLease();
    else request();
  }

  function request(): void {
    if (isRequested) return;
    isRequested = true;
    const asked = limiter;
    void asked
      .schedule(() => {
        if (asked === limiter) grant();
        return Promise.resolve();
      })
      .catch(() => {
        // Stopped: a change of the rate or the close dropped the job.
      });
  }

  return {
    tryTake() {
      if (tokens === 0) {
        request();
        return false;
      }
      tokens -= 1;
      if (ratePerSecond === null && tokens < UNLIMITED_LEASE / 2) request();
      return true;
    },
    setRate(next) {
      if (next === ratePerSecond) return;
      // Rights of an unlimited time are void; those of another rate were earned.
      if (ratePerSecond === null) tokens = 0;
      ratePerSecond = next;
      // A new limiter, because one that waits out a long interval cannot be hurried.
      void limiter.stop({ dropWaitingJobs: true });
      const minTime = next === null ? 0 : intervalMs(next);
      limiter = new Bottleneck({ maxConcurrent: 1, minTime });
      isRequested = false;
      if (tokens === 0) request();
    },
    close() {
      void limiter.stop({ dropWaitingJobs: true });
    },
  };
}

/** How far leases lie apart, ms. */
function intervalMs(ratePerSecond: number): number {
  return Math.max(LEASE_MS, 1_000 / ratePerSecond);
}
