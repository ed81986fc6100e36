import { assertNever, invariant } from '../../common/base/errors.ts';
import { retryTopicDelayMs } from '../../common/config/retry-schedule.ts';
import { failedDependency } from '../../common/send/outcome.ts';
import type { Outcome } from '../../common/send/outcome.ts';

export type Step =
  | { readonly kind: 'done' }
  /** The endpoint, or what it depends on, needs a pause: the same attempt is made again. */
  | { readonly kind: 'throttle' }
  /** The target is gone for good: its subscription is disabled, and this waits until it is not. */
  | { readonly kind: 'disable' }
  /** `attempt` is the number of the next one; `delayMs` is the retry topic, `waitMs` the wait. */
  | {
      readonly kind: 'retry';
      readonly attempt: number;
      readonly delayMs: number;
      readonly waitMs: number;
    }
  | { readonly kind: 'dead-letter'; readonly why: 'attempts-exhausted' | 'target-forbidden' };

export interface Situation {
  /** 1-based number of the attempt just made. */
  readonly attempt: number;
  /** A subscription can be disabled; the default endpoint cannot. */
  readonly isSubscription: boolean;
  /** Waits between attempts, ms; entry 0 comes before attempt 2. */
  readonly schedule: readonly number[];
  /** Delays of the retry topics, ms; absent: those of the schedule. */
  readonly topicDelaysMs?: readonly number[];
  /** Random number in [0, 1), which spreads deliveries that failed together. */
  readonly random01: number;
}

/** Waits are lengthened by up to this share: endpoints must not be hit by one wave again. */
const JITTER = 0.1;
const TOO_MANY_REQUESTS = 429;
const SERVICE_UNAVAILABLE = 503;
const GONE = 410;

/** Whether the endpoint, rather than this delivery, is what has to wait. */
export function asksForRest(outcome: Outcome): outcome is Outcome & { kind: 'refused' } {
  if (outcome.kind !== 'refused') return false;
  const { status, retryAfterMs } = outcome;
  return status === TOO_MANY_REQUESTS || (status === SERVICE_UNAVAILABLE && retryAfterMs !== null);
}

/** Decides what happens to a delivery after an attempt. */
export function nextStep(outcome: Outcome, situation: Situation): Step {
  const { attempt, isSubscription, schedule, random01 } = situation;
  invariant(attempt >= 1, 'attempt is 1-based');
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'done' };
    case 'refused':
      if (asksForRest(outcome)) return { kind: 'throttle' };
      if (outcome.status === GONE && isSubscription) return { kind: 'disable' };
      break;
    case 'unreachable':
      // Another attempt would be refused as well, until a person changes the target or the setting.
      if (outcome.error === 'target-forbidden') return { kind: 'dead-letter', why: outcome.error };
      // The target was not asked: an outage of our proxy must not use up the attempts of all.
      if (failedDependency(outcome) !== null) return { kind: 'throttle' };
      break;
    default:
      return assertNever(outcome);
  }
  // A schedule that was shortened since may have no entry: then the attempts are used up.
  const afterMs = schedule[attempt - 1];
  if (afterMs === undefined) return { kind: 'dead-letter', why: 'attempts-exhausted' };
  const delayMs = retryTopicDelayMs(afterMs, situation.topicDelaysMs ?? schedule);
  if (delayMs === null) return { kind: 'dead-letter', why: 'attempts-exhausted' };
  const waitMs = Math.round(afterMs * (1 + JITTER * random01));
  return { kind: 'retry', attempt: attempt + 1, delayMs, waitMs };
}
