import type { Group } from '../../common/kafka/types.ts';
import type { PartitionWork } from './partition-work.ts';

/** Received and unfinished records of one partition at which its fetching pauses and goes on. */
const RECORDS_PAUSE = 4_000;
const RECORDS_RESUME = 2_000;
/** Bytes of all partitions together, shared out evenly. */
const BYTES_TOTAL = 128 * 1024 ** 2;
const BYTES_EACH_MIN = 1024 ** 2;

/**
 * Bounds what is held in memory by pausing single partitions, never a whole topic. Far apart
 * limits keep a partition from flapping: each change costs up to one fetch.
 */
export function balanceIntake(
  group: Pick<Group, 'pause' | 'resume'>,
  work: PartitionWork,
  partitionsOwned: number,
): void {
  const bytesPause = Math.max(BYTES_EACH_MIN, BYTES_TOTAL / Math.max(1, partitionsOwned));
  const isFull = work.openRecords >= RECORDS_PAUSE || work.openBytes >= bytesPause;
  const hasRoom = work.openRecords <= RECORDS_RESUME && work.openBytes <= bytesPause / 2;
  if (!work.isPaused && (isFull || work.isMapFull)) {
    work.isPaused = true;
    group.pause(work.topic, work.partition);
  } else if (work.isPaused && hasRoom && !work.isMapFull) {
    work.isPaused = false;
    group.resume(work.topic, work.partition);
  }
}
