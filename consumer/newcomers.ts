import type { Subscription } from '../common/model/subscription.ts';

/** Longer than the cursors of a partition that is taken over are waited for. */
const KEPT_MS = 10 * 60_000;

/**
 * Subscriptions that are new. Who takes a partition over reads its cursors; of a subscription that
 * became known meanwhile they may be missing there.
 */
export class Newcomers {
  private all: { readonly subscription: Subscription; readonly atMs: number }[] = [];

  add(subscription: Subscription, nowMs: number): void {
    this.all = this.all.filter(({ atMs }) => nowMs - atMs < KEPT_MS);
    this.all.push({ subscription, atMs: nowMs });
  }

  /** Returns the subscriptions that became known at a time or later. */
  *since(sinceMs: number): Iterable<Subscription> {
    for (const { subscription, atMs } of this.all) if (atMs >= sinceMs) yield subscription;
  }
}
