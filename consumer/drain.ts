import { pollUntil } from '../common/base/retry.ts';
import type { Logger } from '../common/base/logger.ts';
import type { Committer } from './partition/committer.ts';
import type { PartitionState } from './partition/partition-state.ts';

interface Deps {
  readonly committer: Pick<Committer, 'close'>;
  readonly partitions: () => readonly PartitionState[];
  /** Partitions that went to another member, until the final commit of each is made. */
  readonly leaving: ReadonlyMap<string, Promise<void>>;
  readonly logger: Logger;
}

/**
 * Longer than a rebalance takes, also one that waits for the session of a dead member to end: only
 * then is a commit impossible while the broker answers.
 */
const REBALANCE_MS = 12_000;
/** Time for the final commit, after all the time that requests under way may take, in ms. */
const FINAL_COMMIT_MS = 2_000;
const POLL_MS = 10;

/** Waits for what is under way, and commits it. @param graceMs for the requests */
export async function drain(deps: Deps, graceMs: number): Promise<void> {
  const { committer, partitions, leaving, logger } = deps;
  const startMs = Date.now();
  const started = () => partitions().reduce((sum, { startedRecords }) => sum + startedRecords, 0);
  const isBusy = () => started() > 0 || leaving.size > 0;
  await pollUntil(() => !isBusy(), { everyMs: POLL_MS, deadlineMs: startMs + graceMs });
  // The next owners of the partitions may deliver the unfinished deliveries again.
  const left = { unfinished: started(), leaving: leaving.size };
  if (isBusy()) logger.warn(left, 'drain.incomplete');
  const deadlineMs = startMs + Math.max(graceMs, REBALANCE_MS) + FINAL_COMMIT_MS;
  if (await committer.close(deadlineMs)) return;
  const uncommitted = partitions().filter((work) => work.isDirty);
  logger.warn({ partitions: uncommitted.map(({ name }) => name) }, 'drain.uncommitted');
}
