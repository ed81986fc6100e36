import type { Bounds } from '../../common/kafka/admin/offsets.ts';
import type { LogHistory } from './log-history.ts';
import type { PartitionState } from '../partition/partition-state.ts';

export type BoundsOf = (topic: string) => Promise<ReadonlyMap<number, Bounds>>;

interface OldLog {
  readonly work: PartitionState;
  /** Offset at which the log that has the topic's name now begins. */
  readonly low: number;
}

/**
 * Finds the partitions whose topic was deleted and made again. The others learn where their log
 * ends.
 */
export async function findOldLogs(
  partitions: () => Iterable<PartitionState>,
  logs: Pick<LogHistory, 'isSameLog'>,
  boundsOf: BoundsOf,
): Promise<readonly OldLog[]> {
  const old: OldLog[] = [];
  for (const topic of new Set([...partitions()].map((work) => work.topic))) {
    const found = await boundsOf(topic);
    for (const work of partitions()) {
      if (work.topic !== topic) continue;
      const { low = 0, high = 0 } = found.get(work.partition) ?? {};
      if (logs.isSameLog(topic, work.topicId)) work.logEnd = Math.max(work.logEnd, high);
      else old.push({ work, low });
    }
  }
  return old;
}
