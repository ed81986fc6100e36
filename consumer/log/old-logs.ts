import type { Bounds } from '../../common/kafka/admin/offsets.ts';
import type { LogHistory } from './log-history.ts';
import type { PartitionState } from '../partition/partition-state.ts';

export type BoundsOf = (topic: string) => Promise<ReadonlyMap<number, Bounds>>;

interface OldLog {
  readonly work: PartitionState;
  /** Bounds of the log that has the topic's name now. */
  readonly bounds: Bounds;
  /** Offset at which that one is begun. */
  readonly start: number;
  /** Up to here its records may have been read before. */
  readonly readTo: number;
}

/**
 * Finds the partitions whose topic, or whose source, was deleted and made again. The others learn
 * where their log ends.
 */
export async function findOldLogs(
  partitions: () => Iterable<PartitionState>,
  logs: Pick<LogHistory, 'isSameLog' | 'isOfOtherSource' | 'startOf'>,
  boundsOf: BoundsOf,
): Promise<readonly OldLog[]> {
  const old: OldLog[] = [];
  for (const topic of new Set([...partitions()].map((work) => work.topic))) {
    const found = await boundsOf(topic);
    for (const work of partitions()) {
      if (work.topic !== topic) continue;
      const bounds = found.get(work.partition) ?? { low: 0, high: 0 };
      if (logs.isSameLog(topic, work.topicId)) {
        work.logEnd = Math.max(work.logEnd, bounds.high);
      } else {
        const start = logs.startOf(topic, work.partition, bounds, work.topicId);
        const wasRead = logs.isOfOtherSource(topic, work.topicId);
        old.push({ work, bounds, start, readTo: wasRead ? bounds.high : bounds.low });
      }
    }
  }
  return old;
}
