import type { Admin } from 'kafkajs';
import type { Logger } from '../logger.ts';
import { fetchBounds, fetchCommitted } from './offsets.ts';
import type { Bounds } from './offsets.ts';
import type { CommittedOffsets } from './types.ts';

interface Deps {
  readonly admin: Admin;
  readonly groupId: string;
  readonly logger: Logger;
}

/** Where a group stands in some topics, brought within the bounds of their logs. */
export async function loadCommitted(
  { admin, groupId, logger }: Deps,
  topics: readonly string[],
): Promise<CommittedOffsets> {
  if (topics.length === 0) return { get: () => ({ offset: 0, metadata: '' }) };
  const committed = await fetchCommitted(admin, groupId, topics);
  const bounds = new Map<string, ReadonlyMap<number, Bounds>>();
  for (const topic of topics) bounds.set(topic, await fetchBounds(admin, topic));
  return {
    get: (topic, partition) => {
      const { low, high } = bounds.get(topic)?.get(partition) ?? { low: 0, high: 0 };
      const { offset, metadata } = committed.get(topic, partition);
      if (offset === null) return { offset: low, metadata: '' };
      if (offset >= low && offset <= high) return { offset, metadata };
      logger.error({ topic, partition, offset, low, high }, 'group.offset-out-of-range');
      return { offset: low, metadata: '' };
    },
  };
}
