import { countUnfinished } from '../positions/unfinished.ts';
import type { Bounds, Committed } from './offsets.ts';

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Offset after the last record. */
  readonly end: number;
  /** Offset at which the group continues; the log's start when the group never committed. */
  readonly committed: number;
  /** Records (and transaction markers) between the two. */
  readonly lag: number;
  /** The part of `lag` that is not finished: a commit stands before the first unfinished record. */
  readonly unfinished: number;
}

/** How far a group is behind, for each partition of some topics. */
export function lagsOf(
  committed: Committed,
  bounds: ReadonlyMap<string, ReadonlyMap<number, Bounds>>,
): readonly PartitionLag[] {
  const lags: PartitionLag[] = [];
  for (const [topic, partitions] of bounds) {
    for (const [partition, { low, high }] of partitions) {
      const commit = committed.get(topic, partition);
      const from = Math.max(commit.offset ?? low, low);
      const lag = Math.max(0, high - from);
      const unfinished = countUnfinished(commit, { low, high });
      lags.push({ topic, partition, end: high, committed: from, lag, unfinished });
    }
  }
  return lags;
}

export const totalLag = (lags: readonly PartitionLag[]): number =>
  lags.reduce((sum, { lag }) => sum + lag, 0);
