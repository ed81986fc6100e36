import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/errors.ts';
import type { CommittedOffset } from '../../common/kafka/offsets.ts';
import type { Group } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import { decodeCommitMark } from './decide/commit-metadata.ts';
import { PartitionWork } from './partition-work.ts';

/** A partition that is new to this process, and what its last committer said. */
export interface Candidate {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

interface Deps {
  readonly owner: string;
  readonly group: Group;
  /** What the group has committed now. */
  readonly committed: (topic: string, partition: number) => Promise<CommittedOffset>;
  /** Client ids of the members that the group has now. */
  readonly liveOwners: () => Promise<ReadonlySet<string>>;
  /** The partition may be read: called once it is claimed. */
  readonly adopt: (work: PartitionWork) => void;
  /** Longer than any request of the old owner can be under way. */
  readonly waitMsMax: number;
  readonly logger: Logger;
}

const POLL_MS = 50;

/**
 * Takes partitions over without repeats: while the process that had one is alive, it ends what
 * it has under way and says so in its last commit (`release` below), and only then do we begin.
 * A dead owner is not waited for.
 */
export async function takeOver(deps: Deps, epoch: number, all: readonly Candidate[]) {
  const isCurrent = () => deps.group.epoch === epoch;
  const live = await retrying(deps, isCurrent, deps.liveOwners);
  if (!live) return;
  const isHeld = ({ offset, metadata }: Candidate) => {
    const mark = decodeCommitMark(offset, metadata);
    return mark !== null && mark.owner !== deps.owner && !mark.isReleased && live.has(mark.owner);
  };
  const free = all.filter((candidate) => !isHeld(candidate));
  await Promise.all([
    claim(deps, isCurrent, free),
    ...all.filter(isHeld).map(async (candidate) => {
      const released = await waitForRelease(deps, isCurrent, candidate);
      if (released) await claim(deps, isCurrent, [released]);
    }),
  ]);
}

async function waitForRelease(
  deps: Deps,
  isCurrent: () => boolean,
  candidate: Candidate,
): Promise<Candidate | null> {
  const { topic, partition } = candidate;
  const deadlineMs = Date.now() + deps.waitMsMax;
  let latest = candidate;
  while (isCurrent()) {
    const now = await retrying(deps, isCurrent, () => deps.committed(topic, partition));
    if (!now) return null;
    latest = { ...candidate, offset: now.offset ?? candidate.offset, metadata: now.metadata };
    if (decodeCommitMark(latest.offset, latest.metadata)?.isReleased) return latest;
    if (Date.now() > deadlineMs) {
      deps.logger.warn({ topic, partition }, 'partition.taken-unreleased');
      return latest;
    }
    await sleep(POLL_MS);
  }
  return null;
}

/** Puts our name on the partitions before the first send, so that the next owner waits for us. */
async function claim(deps: Deps, isCurrent: () => boolean, candidates: readonly Candidate[]) {
  const works = candidates.map(({ topic, partition, offset, metadata }) => {
    const done = decodeCommitMark(offset, metadata)?.done ?? [];
    return new PartitionWork(topic, partition, offset, done);
  });
  const claimed = await retrying(deps, isCurrent, async () => {
    await deps.group.commit(works.map((work) => work.claimCommit(deps.owner)));
    return true;
  });
  if (claimed && isCurrent()) works.forEach(deps.adopt);
}

/** The last word on partitions that went to another member, once nothing of them is under way. */
export async function release(
  deps: Pick<Deps, 'owner' | 'group' | 'logger' | 'waitMsMax'>,
  epoch: number,
  works: readonly PartitionWork[],
): Promise<void> {
  const isCurrent = () => deps.group.epoch === epoch;
  const deadlineMs = Date.now() + deps.waitMsMax;
  await Promise.all(
    works.map(async (work) => {
      while (work.startedRecords > 0 && isCurrent() && Date.now() < deadlineMs) await sleep(10);
      // The broker checks our membership and not who has the partition, so this is taken.
      await retrying(deps, isCurrent, async () => {
        await deps.group.commit([work.releaseCommit(deps.owner)]);
        return true;
      });
    }),
  );
}

/** Tries until it works; null when the group has moved on meanwhile. */
async function retrying<Result>(
  { logger }: Pick<Deps, 'logger'>,
  isCurrent: () => boolean,
  work: () => Promise<Result>,
): Promise<Result | null> {
  while (isCurrent()) {
    try {
      return await work();
    } catch (error) {
      logger.debug({ err: messageOf(error) }, 'handover.waiting');
      await sleep(POLL_MS);
    }
  }
  return null;
}
