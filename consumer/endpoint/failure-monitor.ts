import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { failedDependency } from '../../common/send/outcome.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import { evaluateFailure, withAccepted, withFailing, withForbidden } from './disable-policy.ts';
import type { SubscriptionWriter } from './subscription-writer.ts';

interface Deps {
  readonly subscriptions: CompactedTable<Subscription>;
  readonly writer: SubscriptionWriter;
  /** null: nothing is ever disabled for failing. */
  readonly disableAfterMs: number | null;
  readonly disable: (id: string, reason: string, isSo: (now: Subscription) => boolean) => void;
}

/**
 * The change after an accepted delivery; always the same function, so that it is queued only once
 * however many deliveries are accepted.
 */
const accepting = withAccepted;

/** Follows what subscriptions answer, and has those disabled that accept nothing for days. */
export class FailureMonitor {
  private readonly deps: Deps;
  /** When each one that fails began to, as far as this process saw; ms. */
  private readonly firstAtMs = new Map<string, number>();

  constructor(deps: Deps) {
    this.deps = deps;
    // Another process has reported a success, so that every failure seen here was before it.
    deps.subscriptions.onChange((id, now) => {
      if (!now?.failing) this.firstAtMs.delete(id);
    });
  }

  /**
   * Records the result of an attempt. A 429 counts as not accepted: an endpoint that answers so for
   * days would keep its deliveries for ever, as no attempt is used up.
   */
  learn(id: string, outcome: Outcome, nowMs: number, detail: string): void {
    if (outcome.kind === 'accepted') return this.succeeded(id);
    // The target was not asked: nobody is disabled for a proxy, or a token server, that fails.
    if (failedDependency(outcome) !== null) return;
    if (outcome.kind === 'unreachable' && outcome.error === 'target-forbidden') {
      this.forbidden(id, detail);
    }
    this.failed(id, nowMs);
  }

  private succeeded(id: string): void {
    this.firstAtMs.delete(id);
    const { subscriptions, writer } = this.deps;
    const known = subscriptions.get(id);
    // The change that is being written may say that the endpoint fails.
    if (known?.failing || known?.forbidden || writer.isChanging(id)) writer.want(id, accepting);
  }

  private forbidden(id: string, detail: string): void {
    const { subscriptions, writer } = this.deps;
    if (subscriptions.get(id)?.forbidden === detail || writer.isChanging(id)) return;
    writer.want(id, (now) => withForbidden(now, detail));
  }

  private failed(id: string, nowMs: number): void {
    const { subscriptions, writer, disableAfterMs, disable } = this.deps;
    const firstAtMs = this.firstAtMs.get(id) ?? nowMs;
    this.firstAtMs.set(id, firstAtMs);
    const subscription = subscriptions.get(id);
    if (subscription?.state !== 'enabled') return;
    if (writer.isChanging(id)) return;
    const { failing: known } = subscription;
    const verdict = evaluateFailure({
      ...{ known, firstAtMs, nowMs },
      // It is noted all the same, because people want to know of it.
      disableAfterMs: disableAfterMs ?? Infinity,
    });
    if (verdict.kind === 'note') {
      const { failing } = verdict;
      writer.want(id, (now) => (sameFailing(now.failing, known) ? withFailing(now, failing) : now));
    } else if (verdict.kind === 'disable') {
      const since = new Date(known?.since ?? nowMs).toISOString();
      const reason = `its target has accepted nothing since ${since}`;
      disable(id, reason, (now) => now.failing?.since === known?.since);
    }
  }
}

function sameFailing(a: Subscription['failing'], b: Subscription['failing']): boolean {
  return a?.since === b?.since && a?.lastAt === b?.lastAt;
}
