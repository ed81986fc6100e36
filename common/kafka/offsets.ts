import type { Admin } from 'kafkajs';
import { toOffset } from './records.ts';
import { retryTransient } from './retry-transient.ts';

/** What a read-committed reader can read of a partition. */
export interface Bounds {
  /** The first offset that is still in the log. */
  readonly low: number;
  /** That of the next record, or of the first one whose transaction is still open. */
  readonly high: number;
}

/** Bounds of each partition of a topic, by partition number. */
export async function fetchBounds(
  admin: Admin,
  topic: string,
): Promise<ReadonlyMap<number, Bounds>> {
  const partitions = await retryTransient(() => admin.fetchTopicOffsets(topic));
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

/** What a group has committed, by topic and partition. */
export async function fetchCommitted(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>> {
  const answer = await retryTransient(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
  return new Map(
    answer.map(({ topic, partitions }) => [
      topic,
      new Map(
        partitions.map(({ partition, offset, metadata }) => [
          partition,
          { offset: offset === '-1' ? null : toOffset(offset), metadata: metadata ?? '' },
        ]),
      ),
    ]),
  );
}
