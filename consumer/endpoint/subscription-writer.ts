import { pause } from '../../common/base/retry.ts';
import { AppError, messageOf } from '../../common/base/errors.ts';
import type {
  AlongWith,
  Change,
  SubscriptionStore,
} from '../../common/subscriptions/subscription-store.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  readonly store: Pick<SubscriptionStore, 'update'>;
  /**
   * Returns the records that are written together with a change, in one transaction.
   */
  readonly alongWith: AlongWith;
  readonly logger: Logger;
}

interface Wanted {
  readonly change: Change;
  /** Whether no later change takes its place. */
  readonly isFinal: boolean;
}

const AGAIN_MS = 1_000;
const NEVER_WRITTEN = new Set(['subscription_unknown', 'subscription_not_understood']);

/**
 * Changes subscriptions as a consumer finds them: in the background, one after the other, until it
 * is done. An outage of ours may make a thousand of them fail at once.
 */
export class SubscriptionWriter {
  private readonly deps: Deps;
  private readonly wanted = new Map<string, Wanted>();
  private isBusy = false;
  private isClosed = false;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Whether a change of this subscription is under way. */
  isChanging(id: string): boolean {
    return this.wanted.has(id);
  }

  /** Asks for a change, in place of one that was asked for before and is not made yet. */
  want(id: string, change: Change, isFinal = false): void {
    const before = this.wanted.get(id);
    if (before?.isFinal || before?.change === change) return;
    this.wanted.set(id, { change, isFinal });
    if (this.isBusy) return;
    this.isBusy = true;
    void this.work();
  }

  close(): void {
    this.isClosed = true;
  }

  private async work(): Promise<void> {
    for (let next = this.first(); next && !this.isClosed; next = this.first()) {
      const [id, wanted] = next;
      const isMade = await this.make(id, wanted.change);
      if (!isMade) await pause(AGAIN_MS);
      else if (this.wanted.get(id) === wanted) this.wanted.delete(id);
    }
    this.isBusy = false;
  }

  private first(): [string, Wanted] | undefined {
    return this.wanted.entries().next().value;
  }

  private async make(id: string, change: Change): Promise<boolean> {
    const { store, alongWith, logger } = this.deps;
    try {
      await store.update(id, change, alongWith);
      return true;
    } catch (error) {
      if (error instanceof AppError && NEVER_WRITTEN.has(error.code)) return true;
      logger.warn({ subscription: id, err: messageOf(error) }, 'subscription.unwritten');
      return false;
    }
  }
}
