import type { Admin } from 'kafkajs';
import type { Logger } from '../../base/logger.ts';
import { fetchBounds, fetchCommitted } from '../admin/offsets.ts';
import type { Bounds } from '../admin/offsets.ts';
import type { CommittedOffsets, GroupHandlers } from '../ports.ts';

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
  const nothing = { offset: 0, metadata: '', low: 0, high: 0, committed: null };
  if (topics.length === 0) return { get: () => nothing, hasAny: false, hasRecords: false };
  const committed = await fetchCommitted(admin, groupId, topics);
  const bounds = new Map<string, ReadonlyMap<number, Bounds>>();
  for (const topic of topics) bounds.set(topic, await fetchBounds(admin, topic));
  const partitions = [...bounds.values()].flatMap((of) => [...of.values()]);
  return {
    hasAny: committed.hasAny,
    hasRecords: partitions.some(({ low, high }) => low < high),
    get: (topic, partition) => {
      const { low, high } = bounds.get(topic)?.get(partition) ?? { low: 0, high: 0 };
      const { offset, metadata } = committed.get(topic, partition);
      const start = { offset: low, metadata: '', low, high };
      if (offset === null) return { ...start, committed: null };
      const known = { offset, metadata };
      if (offset >= low && offset <= high) return { ...known, low, high, committed: known };
      logger.error({ topic, partition, offset, low, high }, 'group.offset-out-of-range');
      return { ...start, committed: known };
    },
  };
}

/** Says that a position which was being read is no longer in the log. */
export function reportCut(
  {
    logger,
    handlers,
  }: { readonly logger: Logger; readonly handlers: Pick<GroupHandlers, 'onCut'> },
  cut: { topic: string; partition: number; expected: number; low: number },
): void {
  const { topic, partition, expected: from, low: to } = cut;
  logger.error(cut, 'group.offset-out-of-range');
  handlers.onCut?.({ topic, partition, from, to });
}
