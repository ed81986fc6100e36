import { pause, pollUntil, retryWhile } from '../../common/base/retry.ts';
import { AppError, messageOf } from '../../common/base/errors.ts';
import type { Cursor, CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { Committed } from '../../common/kafka/admin/offsets.ts';
import type { Group } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import { ownCursors } from './own-cursors.ts';
import type { KnownLogs } from './own-cursors.ts';
import { backlogFrom } from './backlog-progress.ts';
import { withinLog } from './within-log.ts';
import type { DeliveredBefore, Orphan } from './delivered-before.ts';
import { PartitionState } from './partition-state.ts';

/** A partition that is new to this process, and what its last committer said. */
export interface Candidate {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
  /** The first offset that is still in the log. */
  readonly low: number;
  /**
   * The log's end when it was assigned, if the group had a position in it: where that position was
   * not ours, all before the end may have been read by an earlier one.
   */
  readonly readTo: number;
}

interface Deps {
  readonly owner: string;
  readonly group: Group;
  /** Reads the offsets that the group has committed now. */
  readonly committed: (topics: readonly string[]) => Promise<Committed>;
  readonly cursors: CursorStore;
  /** Resolves when all subscriptions that are written by now are known. */
  readonly readSubscriptions: () => Promise<void>;
  /**
   * Reads from the log of attempts the deliveries of partitions whose owner has died, by
   * `topic/partition`.
   */
  readonly delivered: (orphans: readonly Orphan[]) => Promise<ReadonlyMap<string, DeliveredBefore>>;
  readonly attemptsPendingSinceMs: () => number;
  /** Knows where an endpoint begins in a partition: it never gets what lies before. */
  readonly recipients: Pick<Recipients, 'beginOf'>;
  /** Cursors of a partition that the last owner had, and that Kafka does not have any more. */
  readonly cursorsGone: (work: PartitionState, count: number) => void;
  /** Client ids of the members that the group has now. */
  readonly liveOwners: () => Promise<ReadonlySet<string>>;
  /** Earlier periods of partitions in this process that have not ended yet, by name. */
  readonly leaving: ReadonlyMap<string, Promise<void>>;
  /** The partition is ours to commit: called before it is claimed, so that it is given back. */
  readonly adopt: (work: PartitionState) => void;
  /** The partition may be read: called once it is claimed. */
  readonly begin: (work: PartitionState) => void;
  /** Longer than any request of the old owner can be under way. */
  readonly waitMsMax: number;
  readonly logs: KnownLogs;
  readonly logger: Logger;
}

const POLL_MS = 50;
/** How long the release itself is tried, beyond the wait for what is under way. */
const RELEASE_MS = 10_000;

/**
 * Takes partitions over without repeats: while the process that had one is alive, it ends what
 * it has under way and says so in its last commit (`release` below), and only then do we begin.
 * A dead owner is not waited for.
 */
export async function takeOver(deps: Deps, epoch: number, all: readonly Candidate[]) {
  const isCurrent = () => deps.group.epoch === epoch;
  const live = await retrying(deps, isCurrent, deps.liveOwners);
  if (!live) return;
  const isHeld = (one: Candidate) => {
    const owner = ownerOf(one);
    return owner !== null && owner !== deps.owner && live.has(owner);
  };
  const earlierSpell = (one: Candidate) => deps.leaving.get(`${one.topic}/${one.partition}`);
  // Sorted once, before anything is waited for: a period that ends meanwhile must lose none.
  const { free = [], waiting = [] } = Object.groupBy(all, (candidate) =>
    isHeld(candidate) || earlierSpell(candidate) ? 'waiting' : 'free',
  );
  const claims = claimsInTurn((ready) => claim(deps, isCurrent, ready));
  await Promise.all([
    lastOfFree(deps, isCurrent, free).then((last) => last && claims(last)),
    ...waiting.map(async (candidate) => {
      await earlierSpell(candidate);
      const released = await waitForRelease(deps, isCurrent, { candidate, isHeld });
      if (released) await claims([released]);
    }),
  ]);
}

/** Each claim loads the cursors of all endpoints, so what comes meanwhile is claimed together. */
function claimsInTurn(claimAll: (ready: readonly Candidate[]) => Promise<void>) {
  const ready: Candidate[] = [];
  let last: Promise<void> = Promise.resolve();
  return (more: readonly Candidate[]): Promise<void> => {
    ready.push(...more);
    last = last.then(async () => {
      const now = ready.splice(0);
      if (now.length > 0) await claimAll(now);
    });
    return last;
  };
}

async function lastOfFree(deps: Deps, isCurrent: () => boolean, free: readonly Candidate[]) {
  // A member that is gone may have made its final commit after we had read this one, and left only
  // then.
  const unreleased = free.filter((candidate) => ownerOf(candidate) !== null);
  const last = await retrying(deps, isCurrent, () => latest(deps, unreleased));
  return last && [...free.filter((one) => ownerOf(one) === null), ...last];
}

/** Returns the process that owns a partition and has not released it; null: none. */
function ownerOf({ offset, metadata }: Candidate): string | null {
  const mark = decodeCommitMark(offset, metadata);
  return mark === null || mark.isReleased ? null : mark.owner;
}

/** Returns the partitions with their present commits. */
async function latest(deps: Pick<Deps, 'committed'>, all: readonly Candidate[]) {
  if (all.length === 0) return all;
  const committed = await deps.committed([...new Set(all.map(({ topic }) => topic))]);
  return all.map((one) => {
    const { offset, metadata } = committed.get(one.topic, one.partition);
    return { ...one, ...withinLog({ offset: offset ?? one.offset, metadata }, one.low) };
  });
}

async function waitForRelease(
  deps: Deps,
  isCurrent: () => boolean,
  { candidate, isHeld }: { candidate: Candidate; isHeld: (one: Candidate) => boolean },
): Promise<Candidate | null> {
  const { topic, partition } = candidate;
  const deadlineMs = Date.now() + deps.waitMsMax;
  while (isCurrent()) {
    const [now] = (await retrying(deps, isCurrent, () => latest(deps, [candidate]))) ?? [];
    if (!now) return null;
    if (!isHeld(now)) return now;
    if (Date.now() > deadlineMs) {
      deps.logger.warn({ topic, partition }, 'partition.taken-unreleased');
      return now;
    }
    await pause(POLL_MS);
  }
  return null;
}

/** Puts our name on the partitions before the first send, so that the next owner waits for us. */
async function claim(deps: Deps, isCurrent: () => boolean, candidates: readonly Candidate[]) {
  // The last owner has made its final commit, or is dead, so that nobody moves the offsets now.
  const read = await retrying(deps, isCurrent, async () => {
    // Whatever its last owner knew: a subscription that becomes known later has cursors yet.
    await deps.readSubscriptions();
    const atMs = Date.now();
    const cursors = await ownCursors(deps, await deps.cursors.load(places(candidates)));
    return { atMs, cursors, delivered: await deps.delivered(orphansOf(candidates)) };
  });
  if (!read || !isCurrent()) return;
  const works = candidates.map((candidate) => workOf(deps, candidate, read));
  works.forEach(deps.adopt);
  const claimed = await retrying(deps, isCurrent, async () => {
    await claimOnce(deps, works);
    return true;
  });
  if (claimed && isCurrent()) works.forEach(deps.begin);
}

async function claimOnce({ group, cursors, owner }: Deps, works: readonly PartitionState[]) {
  // Deliveries that were found in the log of attempts must be in the cursors before our claim says
  // that they are known. A moved cursor must be known before the first attempt that its next owner
  // may read.
  const changed = works.map((work) => ({ work, cursors: work.takeCursors(owner) }));
  try {
    const all = changed.flatMap((one) => one.cursors);
    if (all.length > 0) await cursors.commit(all);
    for (const cursor of all) cursor.committed();
    const claims = works.map((work) => work.claimCommit(owner));
    await group.commit(claims);
    for (const [n, { offset }] of claims.entries()) (works[n] as PartitionState).committed = offset;
  } catch (error) {
    for (const one of changed) one.work.notCommitted();
    throw error;
  }
}

/** State that a partition's next owner has read. */
interface Read {
  readonly atMs: number;
  readonly cursors: readonly Cursor[];
  readonly delivered: ReadonlyMap<string, DeliveredBefore>;
}

/** Returns the partitions in which more may have been delivered than their last commit says. */
function orphansOf(candidates: readonly Candidate[]): readonly Orphan[] {
  return candidates.flatMap(({ topic, partition, offset, metadata }) => {
    const mark = decodeCommitMark(offset, metadata);
    if (!mark || mark.attemptsSinceMs === 0) return [];
    return [{ topic, partition, sinceMs: mark.attemptsSinceMs }];
  });
}

function places(candidates: readonly Candidate[]): ReadonlyMap<string, readonly number[]> {
  const byTopic = Map.groupBy(candidates, ({ topic }) => topic);
  return new Map(
    [...byTopic].map(([topic, all]) => [topic, all.map(({ partition }) => partition)]),
  );
}

function workOf(
  deps: Deps,
  { topic, partition, offset, metadata, readTo }: Candidate,
  { atMs, cursors: all, delivered }: Read,
) {
  const topicId = deps.logs.idOf(topic);
  const mark = decodeCommitMark(offset, metadata);
  const work = new PartitionState(topic, partition, offset, mark, topicId, readTo);
  work.cursorsReadAtMs = atMs;
  work.attemptsPendingSinceMs = deps.attemptsPendingSinceMs;
  work.delivered = delivered.get(work.name) ?? work.delivered;
  const { count } = work.delivered;
  if (count > 0) deps.logger.info({ topic, partition, count }, 'deliveries.known-from-attempts');
  const cursors = all.filter((one) => one.topic === topic && one.partition === partition);
  for (const cursor of cursors) {
    const cursorMark = decodeCursorMark(cursor.offset, cursor.metadata);
    // A cursor of an earlier topic of the same name says nothing of this log.
    if (!deps.logs.isSameLog(topic, cursorMark?.topicId ?? '')) continue;
    // An operator may have set it before the endpoint's begin, where nothing is of it to give up.
    const begin = cursorMark ? 0 : deps.recipients.beginOf(cursor.endpoint, work);
    const at = { ...cursor, offset: Math.max(cursor.offset, begin) };
    work.backlogs.set(cursor.endpoint, backlogFrom(work, at));
  }
  const gone = (mark?.cursors ?? 0) - work.backlogs.size;
  if (gone > 0) deps.cursorsGone(work, gone);
  return work;
}

/**
 * Makes the final commit of a partition that went to another member, once nothing of it is under
 * way. Further rebalances meanwhile change nothing: the next owner waits for this commit.
 */
export async function release(
  deps: Pick<Deps, 'owner' | 'group' | 'committed' | 'cursors' | 'logger' | 'waitMsMax'>,
  work: PartitionState,
): Promise<void> {
  const { group, owner } = deps;
  const deadlineMs = Date.now() + deps.waitMsMax;
  await pollUntil(() => work.startedRecords === 0, { everyMs: POLL_MS / 5, deadlineMs });
  const isWaitedFor = () => Date.now() < deadlineMs + RELEASE_MS;
  await retrying(deps, isWaitedFor, async () => {
    const { epoch } = group;
    const refuseRebalanced = () => {
      if (epoch !== group.epoch) throw new AppError('group_active', 'rebalanced meanwhile');
    };
    const committed = await deps.committed([work.topic]);
    const { offset, metadata } = committed.get(work.topic, work.partition);
    const mark = decodeCommitMark(offset ?? 0, metadata);
    // A process that was taken for dead has been replaced: its successor's commits must stand.
    if (mark?.owner !== owner || mark.isReleased) return true;
    refuseRebalanced();
    const cursors = work.takeCursors(owner);
    // The commit is made even without cursors, because changes of cursors that are under way must
    // have ended before the release.
    await deps.cursors.commit(cursors);
    for (const cursor of cursors) cursor.committed();
    refuseRebalanced();
    // The broker checks our membership and not who has the partition, so this is taken.
    await group.commit([work.releaseCommit(owner)]);
    return true;
  });
}

/** Tries until it works; null when it is no longer wanted. */
function retrying<Result>(
  { logger }: Pick<Deps, 'logger'>,
  isWanted: () => boolean,
  work: () => Promise<Result>,
): Promise<Result | null> {
  return retryWhile(isWanted, work, {
    pauseMs: POLL_MS,
    onFailure: (error) => logger.debug({ err: messageOf(error) }, 'handover.waiting'),
  });
}
