import { setTimeout as sleep } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import { LEASE_MS, LeaseBudget, intervalMs } from './grant-budget.ts';
import { nextTurn, turnAt, turnStartMs } from './time-slots.ts';
import type { Turns } from './time-slots.ts';

/**
 * Allowed rate of sends: `unlimited`, a rate of this process, or this process's time slots of the
 * fleet's rate.
 */
export type Allowance =
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'rate'; readonly ratePerSecond: number }
  | { readonly kind: 'turns'; readonly turns: Turns };

/**
 * Paces sends by leases. One Bottleneck job costs some timer ticks, which caps a limiter at a few
 * hundred jobs a second; so a job is not one send but the right to a number of them.
 */
export interface RateLimiter {
  /** Takes the right to one send. When false, `onLease` is called as soon as there is one. */
  tryTake(): boolean;
  allow(allowance: Allowance): void;
  close(): void;
}

/** Without a limit grants are large, and renewed before they are used up. */
const UNLIMITED_LEASE = 10_000;
/** A right that is kept for long would be used together with the next. */
const LEASE_VALID_MS = 2 * LEASE_MS;

export function createRateLimiter(onLease: () => void): RateLimiter {
  const budget = new LeaseBudget(performance.now());
  let allowance: Allowance = { kind: 'unlimited' };
  let limiter = new Bottleneck({ maxConcurrent: 1 });
  let waiting = new AbortController();
  let tokens = UNLIMITED_LEASE;
  let validUntilMs = Infinity;
  let takenMs = 0;
  let turn = 0;
  let isRequested = false;

  async function grant(signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    switch (allowance.kind) {
      case 'unlimited':
        tokens = UNLIMITED_LEASE;
        break;
      case 'rate':
        tokens = budget.grant(nowMs, allowance.ratePerSecond, tokens);
        validUntilMs = nowMs + LEASE_VALID_MS;
        break;
      case 'turns':
        turn = await nextOfOurs(allowance.turns, turn, signal);
        tokens = 1;
        validUntilMs = performance.now() + LEASE_VALID_MS;
    }
    isRequested = false;
    if (tokens > 0) onLease();
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
      if (!isLimited && tokens < UNLIMITED_LEASE / 2) request();
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

/** Waits for a turn of ours after the given one. @returns which it is */
async function nextOfOurs(turns: Turns, after: number, signal: AbortSignal): Promise<number> {
  // Timers come late, and by the clock early too: a turn is missed only after the span of a
  // lease, and none is taken twice.
  const next = nextTurn(turns, Math.max(after, turnAt(turns, Date.now() - LEASE_MS)));
  await sleep(turnStartMs(turns, next) - Date.now(), undefined, { signal });
  return next;
}

function isSame(one: Allowance, other: Allowance): boolean {
  if (one.kind === 'rate') {
    return other.kind === 'rate' && one.ratePerSecond === other.ratePerSecond;
  }
  if (one.kind === 'unlimited') return other.kind === 'unlimited';
  if (other.kind !== 'turns') return false;
  const { share, ratePerSecond } = one.turns;
  return share === other.turns.share && ratePerSecond === other.turns.ratePerSecond;
}
