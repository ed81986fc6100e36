import type { Subscription } from '../../common/model/subscription.ts';

/**
 * When a subscription counts as failing for good: its target accepts nothing, while attempts go on,
 * for as long as DISABLE_AFTER. What is known of that lies in the subscription itself, so that it
 * outlives every process; it is written seldom.
 */
type Failing = NonNullable<Subscription['failing']>;

export type Verdict =
  | { readonly kind: 'wait' }
  /** State that is to be stored with the subscription. */
  | { readonly kind: 'note'; readonly failing: Failing }
  | { readonly kind: 'disable' };

export interface Failure {
  /** State that is stored with the subscription. */
  readonly known: Subscription['failing'];
  /** The first failure since this process knows of a success, ms. */
  readonly firstAtMs: number;
  readonly nowMs: number;
  readonly disableAfterMs: number;
}

/**
 * Longest time of failures before they are written down, in ms. A shorter failure is not written,
 * as an endpoint that fails now and then would cause many writes.
 */
const NOTED_AFTER_MS_MAX = 60_000;
/** How often what is noted is brought up to date within DISABLE_AFTER. */
const NOTES = 10;
const WAIT: Verdict = { kind: 'wait' };

/** Decides what one more failure leads to. */
export function evaluateFailure({ known, firstAtMs, nowMs, disableAfterMs }: Failure): Verdict {
  const notedEveryMs = disableAfterMs / NOTES;
  if (known === null) {
    const notedAfterMs = Math.min(NOTED_AFTER_MS_MAX, notedEveryMs);
    if (nowMs - firstAtMs < notedAfterMs) return WAIT;
    // The period does not begin with the first failure, because another process may have had a
    // success before it.
    return { kind: 'note', failing: { since: nowMs - notedAfterMs, lastAt: nowMs } };
  }
  const { since, lastAt } = known;
  // With too few requests in the period, the endpoint had no chance to show that it has recovered.
  if (nowMs - lastAt > disableAfterMs) return { kind: 'note', failing: failingFrom(nowMs) };
  if (nowMs - since >= disableAfterMs) return { kind: 'disable' };
  return nowMs - lastAt < notedEveryMs ? WAIT : { kind: 'note', failing: { since, lastAt: nowMs } };
}

function failingFrom(nowMs: number): Failing {
  return { since: nowMs, lastAt: nowMs };
}

/**
 * Returns the subscription marked as failing; null: no longer failing, as it has accepted
 * something.
 */
export function withFailing(now: Subscription, failing: Subscription['failing']): Subscription {
  return now.state !== 'enabled' || now.failing === failing ? now : { ...now, failing };
}

/** Returns the subscription after a delivery was accepted. */
export function withAccepted(now: Subscription): Subscription {
  const calm = withFailing(now, null);
  return calm.forbidden === null ? calm : { ...calm, forbidden: null };
}

/** Returns the subscription with its target marked as forbidden. */
export function withForbidden(now: Subscription, forbidden: string): Subscription {
  return now.state !== 'enabled' || now.forbidden === forbidden ? now : { ...now, forbidden };
}

/**
 * The subscription disabled, unless a person changed it after what was seen: then its target has
 * to be asked again.
 *
 * @param reason shown to people
 */
export function disabledBecause(
  now: Subscription,
  seen: Subscription,
  { reason, nowMs }: { readonly reason: string; readonly nowMs: number },
): Subscription {
  if (now.state !== 'enabled' || now.updatedAt !== seen.updatedAt) return now;
  const updatedAt = Math.max(nowMs, now.updatedAt + 1);
  return { ...now, state: 'disabled', disabledReason: reason, updatedAt };
}
