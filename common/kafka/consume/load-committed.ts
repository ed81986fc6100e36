import { BrokerUnavailableError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { pause } from '../../base/retry.ts';
import type { GroupView } from '../admin/group-view.ts';
import type { Committed } from '../admin/offsets.ts';
import type { TopicBounds } from '../admin/topic-partitions.ts';
import type { CommittedOffsets, CommittedPosition, GroupHandlers } from '../ports.ts';

/** How long a leader that was frozen may take to learn that it leads no more, in ms. */
const DEPOSED_MS = 3_000;

/**
 * Reads the committed position of a group in some topics, within the bounds of their logs.
 *
 * @throws BrokerUnavailableError, also from `get`, for a partition that no broker has told of
 */
export async function loadCommitted(
  view: Pick<GroupView, 'committed' | 'boundsOf'>,
  topics: readonly string[],
  logger: Logger,
): Promise<CommittedOffsets> {
  // Commits are read before the log ends, so that what is committed lies within the log.
  const committed = await view.committed(topics);
  let bounds = await view.boundsOf(topics);
  if (endsBefore(committed, bounds)) {
    // A leader from before says so, too, right after it was frozen; the log is begun again then.
    await pause(DEPOSED_MS);
    bounds = await view.boundsOf(topics);
  }
  const partitions = [...bounds.values()].flatMap((of) => [...of.values()]);
  return {
    hasAny: committed.hasAny,
    hasRecords: partitions.some(({ low, high }) => low < high),
    get(topic, partition): CommittedPosition {
      const known = bounds.get(topic)?.get(partition);
      if (!known)
        throw new BrokerUnavailableError(`${topic}/${partition} is not known to a broker`);
      const { low, high } = known;
      const { offset, metadata } = committed.get(topic, partition);
      const start = { offset: low, metadata: '', low, high };
      if (offset === null) return { ...start, committed: null };
      const last = { offset, metadata };
      if (offset >= low && offset <= high) return { ...last, low, high, committed: last };
      logger.error({ topic, partition, offset, low, high }, 'group.offset-out-of-range');
      return { ...start, committed: last };
    },
  };
}

/** Whether a log is said to end before what is committed of it. */
function endsBefore(committed: Committed, bounds: TopicBounds): boolean {
  return [...bounds].some(([topic, partitions]) =>
    [...partitions].some(([partition, { high }]) => {
      return (committed.get(topic, partition).offset ?? 0) > high;
    }),
  );
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
