import { messageOf } from '../../common/base/errors.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { repeatEvery } from '../../common/base/retry.ts';
import type { DeadLetterView } from './view.ts';
import type { Endpoints } from '../ledgers/endpoints.ts';
import { allowance } from './allowance.ts';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import type { Redriver } from './redriver.ts';

interface Deps {
  readonly intervalMs: number;
  /** Whether this is the one console that does it. */
  readonly isOurs: () => boolean;
  /** Views that a round decides by. Each round waits until they have caught up with the log. */
  readonly views: readonly { caughtUp(): Promise<void> }[];
  readonly deadLetters: Pick<DeadLetterView, 'redrivable'>;
  readonly endpoints: Endpoints;
  /** Changes with every redrive of any process. */
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'onChange'>;
  readonly redriver: Redriver;
  readonly logger: Logger;
}

/** A dead letter that died again so many times is left to people. */
export const ROUNDS_MAX = 3;

/**
 * Puts dead letters back at intervals, as far as their endpoints take them. A person's redrive
 * goes first: after one the next round is left out.
 */
export class PeriodicRedrive {
  private readonly deps: Deps;
  private readonly closing = new AbortController();
  /** Notes of redrives that were read, and how many of them were there at the last look. */
  private notes = 0;
  private notesSeen = 0;

  constructor(deps: Deps) {
    this.deps = deps;
    deps.redriven.onChange(() => (this.notes += 1));
  }

  start(): void {
    void this.run();
  }

  /** No round begins after it; one under way is the redriver's. */
  close(): void {
    this.closing.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    // Notes of before our start put no round off.
    await caughtUp(this.deps.views).catch(() => {});
    this.notesSeen = this.notes;
    const onFailure = (error: unknown) =>
      this.deps.logger.warn({ err: messageOf(error) }, 'redrive.round-failed');
    await repeatEvery(this.deps.intervalMs, () => this.look(), { signal, onFailure });
  }

  private async look(): Promise<void> {
    const { isOurs, views, redriver } = this.deps;
    if (!isOurs()) return;
    await caughtUp(views);
    const isQuiet = this.notes === this.notesSeen && !redriver.isRunning;
    if (isQuiet && !this.closing.signal.aborted) {
      await this.round();
      await caughtUp(views);
    }
    this.notesSeen = this.notes;
  }

  private async round(): Promise<void> {
    const { deadLetters, intervalMs: freshMs, endpoints, redriver, logger } = this.deps;
    const nowMs = Date.now();
    const redrivable = await deadLetters.redrivable(ROUNDS_MAX);
    const most = new Map(
      redrivable.map((subscription) => {
        const evidence = endpoints.of(subscription).evidence(nowMs);
        return [subscription, allowance(evidence, { nowMs, freshMs })];
      }),
    );
    if (most.size === 0) return;
    const heldBack = [...most].filter(([, count]) => count === 0).map(([id]) => id);
    if (heldBack.length === most.size) {
      logger.info({ heldBack }, 'redrive.held-back');
      return;
    }
    const filter = { ...ALL_DEAD_LETTERS, redrivesMax: ROUNDS_MAX };
    const mostFor = (subscription: string | null) => most.get(subscription) ?? 0;
    const { redriven } = await redriver.run({ filter, rate: null, isDryRun: false, mostFor });
    logger.info({ redriven, heldBack }, 'redrive.round');
  }
}

async function caughtUp(views: Deps['views']): Promise<void> {
  await Promise.all(views.map((view) => view.caughtUp()));
}
