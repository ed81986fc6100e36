import { pause } from '../../common/base/retry.ts';
import { AppError, messageOf } from '../../common/base/errors.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { Group } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { PartitionState, TakenCommit } from './partition-state.ts';

interface Deps {
  readonly owner: string;
  readonly group: () => Group | null;
  readonly cursors: Pick<CursorStore, 'commit' | 'remove'>;
  readonly partitions: () => Iterable<PartitionState>;
  /** Called after each commit: the room that the offset map takes is known again. */
  readonly onCommitted: (taken: readonly TakenCommit[]) => void;
  readonly logger: Logger;
}

/**
 * Pauses between two commits, in ms. Finished but uncommitted deliveries stand in the log of
 * attempts, which the next owner reads after a crash: a longer pause leaves more to read, and
 * nothing more to repeat. Each commit takes time of two processes.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
const PAUSE_MS = { worked: 50, failed: 200 };

type Outcome = keyof typeof PAUSE_MS;

/** Commits what has changed, over and over. */
export class Committer {
  /**
   * Time since which commits have failed, in ms, and the reason of the last failure; null while
   * commits work.
   */
  failing: { readonly sinceMs: number; readonly why: string } | null = null;
  private readonly deps: Deps;
  private readonly stopping = new AbortController();
  private readonly loop: Promise<void>;
  private readonly underWay = new Set<Promise<Outcome>>();

  constructor(deps: Deps) {
    this.deps = deps;
    this.loop = this.run();
  }

  /**
   * Commits everything that has changed, once. A failed commit is tried again in the next round.
   */
  async commitNow(): Promise<Outcome> {
    const commit = this.commit();
    this.underWay.add(commit);
    return commit.finally(() => this.underWay.delete(commit));
  }

  private async commit(): Promise<Outcome> {
    const group = this.deps.group();
    if (!group?.isStable) return this.failed('the group rebalances, or cannot be reached');
    const { epoch } = group;
    const taken = [...this.deps.partitions()].flatMap(
      (work) => work.takeCommit(this.deps.owner) ?? [],
    );
    if (taken.length === 0) return this.worked();
    try {
      // The head may pass only what a cursor stands before.
      const cursors = taken.flatMap((one) => one.cursors);
      if (cursors.length > 0) await this.deps.cursors.commit(cursors);
      for (const cursor of cursors) cursor.committed();
      // The broker would take commits of partitions that other members have by now.
      if (epoch !== group.epoch) throw new AppError('group_active', 'rebalanced meanwhile');
      await group.commit(taken.map(({ commit }) => commit));
      for (const { work, commit } of taken) work.committed = commit.offset;
      this.deps.onCommitted(taken);
      await this.removeCursors(taken);
      return this.worked();
    } catch (error) {
      for (const { work } of taken) work.notCommitted();
      this.deps.logger.info({ err: messageOf(error) }, 'commit.failed');
      return this.failed(messageOf(error));
    }
  }

  /**
   * Removes the cursors of endpoints that have caught up, once no next owner of the head can need
   * them any more.
   */
  private async removeCursors(taken: readonly TakenCommit[]): Promise<void> {
    // Another member that has the partition by now may have made new cursors.
    const over = taken
      .flatMap((one) => one.over)
      .filter((one) => one.root.isOurs && one.root.backlogs.get(one.endpoint) === one);
    if (over.length === 0) return;
    try {
      await this.deps.cursors.remove(
        over.map(({ endpoint, root: { topic, partition } }) => ({ endpoint, topic, partition })),
      );
      for (const one of over) one.root.forget(one);
    } catch (error) {
      // A next commit tries again, one a second at least: a cluster may refuse it for ever.
      this.deps.logger.info({ err: messageOf(error) }, 'cursors.not-removed');
    }
  }

  private worked(): Outcome {
    this.failing = null;
    return 'worked';
  }

  private failed(why: string): Outcome {
    this.failing = { sinceMs: this.failing?.sinceMs ?? Date.now(), why };
    return 'failed';
  }

  /**
   * Ends the loop and commits what is left, waiting for a rebalance under way to pass.
   *
   * @param deadlineMs when to give up, ms since 1970; the last try may end later
   * @returns whether everything is committed
   */
  async close(deadlineMs: number): Promise<boolean> {
    this.stopping.abort();
    await this.loop;
    for (;;) {
      // The one made for a rebalance may fail yet, and what it took is then to be committed again.
      await Promise.all(this.underWay);
      if (![...this.deps.partitions()].some((work) => work.isDirty)) return true;
      const outcome = await this.commitNow();
      if (Date.now() > deadlineMs) return outcome === 'worked';
      if (outcome === 'failed') await pause(PAUSE_MS.failed);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = PAUSE_MS[await this.commitNow()];
      await pause(pauseMs, signal);
    }
  }
}
