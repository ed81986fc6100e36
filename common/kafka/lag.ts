import type { Admin } from 'kafkajs';
import { fetchBounds, fetchCommitted } from './offsets.ts';

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Offset after the last record. */
  readonly end: number;
  /** Where the group goes on; the log's start when it never committed. */
  readonly committed: number;
  /** Records (and transaction markers) between the two. */
  readonly lag: number;
}

/** How far a group is behind, for each partition of some topics. */
export async function fetchLag(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<readonly PartitionLag[]> {
  const committed = await fetchCommitted(admin, groupId, topics);
  const lags: PartitionLag[] = [];
  for (const topic of topics) {
    for (const [partition, { low, high }] of await fetchBounds(admin, topic)) {
      const offset = committed.get(topic, partition).offset ?? low;
      const from = Math.max(offset, low);
      lags.push({ topic, partition, end: high, committed: from, lag: Math.max(0, high - from) });
    }
  }
  return lags;
}

export const totalLag = (lags: readonly PartitionLag[]): number =>
  lags.reduce((sum, { lag }) => sum + lag, 0);
