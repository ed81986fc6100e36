import { setTimeout as sleep } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import { GRANT_MS, GrantBudget, intervalMs } from './grant-budget.ts';
import { nextSlot, slotAt, slotStartMs } from './time-slots.ts';
import type { TimeSlots } from './time-slots.ts';

/**
 * Allowed rate of sends: `unlimited`, a rate of this process, or this process's time slots of the
 * fleet's rate.
 */
export type Allowance =
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'rate'; readonly ratePerSecond: number }
  | { readonly kind: 'slots'; readonly slots: TimeSlots };

/**
 * Paces sends by grants. One Bottleneck job costs some timer ticks, which caps a limiter at a few
 * hundred jobs a second; so a job is not one send but the right to a number of them.
 *
 * @see docs/decisions/0004-grants.md
 */
export interface RateLimiter {
  /** Takes the right to one send. When false, `onGrant` is called as soon as there is one. */
  tryTake(): boolean;
  allow(allowance: Allowance): void;
  close(): void;
}

/** Without a limit grants are large, and renewed before they are used up. */
const UNLIMITED_GRANT = 10_000;
/** A right that is kept for long would be used together with the next. */
const GRANT_VALID_MS = 2 * GRANT_MS;

export function createRateLimiter(onGrant: () => void): RateLimiter {
  const budget = new GrantBudget(performance.now());
  let allowance: Allowance = { kind: 'unlimited' };
  let limiter = new Bottleneck({ maxConcurrent: 1 });
  let waiting = new AbortController();
  let tokens = UNLIMITED_GRANT;
  let validUntilMs = Infinity;
  let takenMs = 0;
  let slot = 0;
  let isRequested = false;

  async function grant(signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    switch (allowance.kind) {
      case 'unlimited':
        tokens = UNLIMITED_GRANT;
        break;
      case 'rate':
        tokens = budget.grant(nowMs, allowance.ratePerSecond, tokens);
        validUntilMs = nowMs + GRANT_VALID_MS;
        break;
      case 'slots':
        slot = await nextOwnSlot(allowance.slots, slot, signal);
        tokens = 1;
        validUntilMs = performance.now() + GRANT_VALID_MS;
    }
    isRequested = false;
    if (tokens > 0) onGrant();
    else request();
  }

  function request(): void {
    if (isRequested) return;
    isRequested = true;
    if (allowance.kind === 'rate') {
      budget.wanted(performance.now(), allowance.ratePerSecond, takenMs);
    }
    const { signal } = waiting;
    // Stopped: a change of the rate or the close dropped the job.
    limiter.schedule(() => grant(signal)).catch(() => {});
  }

  function stop(): void {
    waiting.abort();
    void limiter.stop({ dropWaitingJobs: true });
  }

  return {
    tryTake() {
      const isLimited = allowance.kind !== 'unlimited';
      const nowMs = isLimited ? performance.now() : 0;
      if (tokens === 0 || nowMs > validUntilMs) {
        request();
        return false;
      }
      tokens -= 1;
      takenMs = nowMs;
      if (!isLimited && tokens < UNLIMITED_GRANT / 2) request();
      return true;
    },
    allow(next) {
      if (isSame(next, allowance)) return;
      // Rights of an unlimited time are void; those of another rate were earned.
      if (allowance.kind === 'unlimited') tokens = 0;
      allowance = next;
      validUntilMs = next.kind === 'unlimited' ? Infinity : validUntilMs;
      // A new limiter, because one that waits out a long interval cannot be hurried.
      stop();
      waiting = new AbortController();
      const minTime = next.kind === 'rate' ? intervalMs(next.ratePerSecond) : 0;
      limiter = new Bottleneck({ maxConcurrent: 1, minTime });
      isRequested = false;
      if (tokens === 0) request();
    },
    close: stop,
  };
}

/** Waits for this process's next slot after the given one. @returns its number */
async function nextOwnSlot(slots: TimeSlots, after: number, signal: AbortSignal): Promise<number> {
  // Timers come late, and by the clock early too: a slot is missed only after the span of a
  // grant, and none is taken twice.
  const next = nextSlot(slots, Math.max(after, slotAt(slots, Date.now() - GRANT_MS)));
  await sleep(slotStartMs(slots, next) - Date.now(), undefined, { signal });
  return next;
}

function isSame(one: Allowance, other: Allowance): boolean {
  if (one.kind === 'rate') {
    return other.kind === 'rate' && one.ratePerSecond === other.ratePerSecond;
  }
  if (one.kind === 'unlimited') return other.kind === 'unlimited';
  if (other.kind !== 'slots') return false;
  const { share, ratePerSecond } = one.slots;
  return share === other.slots.share && ratePerSecond === other.slots.ratePerSecond;
}
