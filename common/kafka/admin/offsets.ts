import type { Admin } from 'kafkajs';
import { toOffset } from '../protocol/records.ts';
import { retryTransient } from '../client/retry-transient.ts';

/** Offsets of a partition between which a read-committed reader can read. */
export interface Bounds {
  /** The first offset that is still in the log. */
  readonly low: number;
  /** Offset of the next record, or of the first record whose transaction is still open. */
  readonly high: number;
}

/**
 * Bounds of each partition of a topic, by partition number.
 *
 * @param patienceMs how long to wait for leaders, as in `retryTransient`
 */
export async function fetchBounds(
  admin: Admin,
  topic: string,
  patienceMs?: number,
): Promise<ReadonlyMap<number, Bounds>> {
  const partitions = await retryTransient(() => admin.fetchTopicOffsets(topic), patienceMs);
  return new Map(
    partitions.map(({ partition, low, high }) => [
      partition,
      { low: toOffset(low), high: toOffset(high) },
    ]),
  );
}

export interface CommittedOffset {
  /** null when the group never committed this partition. */
  readonly offset: number | null;
  readonly metadata: string;
}

/** Offsets that a group had committed at one moment. */
export interface Committed {
  get(topic: string, partition: number): CommittedOffset;
  /** Whether any partition of the topics has a commit. */
  readonly hasAny: boolean;
}

/** Reads the offsets that a group has committed in some topics. */
export async function fetchCommitted(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<Committed> {
  const answer = await retryTransient(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
  return committedOf(answer);
}

/** Returns the committed offsets from an answer that lists them by topic and partition. */
export function committedOf(
  answer: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly offset: string;
      readonly metadata: string | null;
    }[];
  }[],
): Committed {
  const found = new Map<string, CommittedOffset>();
  for (const { topic, partitions } of answer) {
    for (const { partition, offset, metadata } of partitions) {
      if (offset === '-1') continue;
      found.set(`${topic}/${partition}`, { offset: toOffset(offset), metadata: metadata ?? '' });
    }
  }
  const never: CommittedOffset = { offset: null, metadata: '' };
  const hasAny = found.size > 0;
  return { hasAny, get: (topic, partition) => found.get(`${topic}/${partition}`) ?? never };
}
