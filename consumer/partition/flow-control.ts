import type { Group } from '../../common/kafka/ports.ts';
import type { PartitionState } from './partition-state.ts';
import type { Home } from './home.ts';

/** Received and unfinished deliveries of one partition at which its fetching pauses and goes on. */
export const RECORDS_PAUSE = 4_000;
const RECORDS_RESUME = 2_000;
/** Of all partitions together: what is still free is what any one of them may grow by. */
const BYTES_TOTAL = 128 * 1024 ** 2;
/** Of these, the part of the bulk lane: large bodies of a file must not use up all. */
const BYTES_OF_BULK = BYTES_TOTAL * (3 / 4);
const BYTES_EACH_MIN = 1024 ** 2;
/** What a record takes in memory beside its body and its key. */
const RECORD_OVERHEAD_BYTES = 600;

type Size = Pick<Home, 'openRecords' | 'openBytes'>;

/**
 * Bounds what is held in memory by pausing single partitions, never a whole topic. Far apart
 * limits keep a partition from flapping: each change costs up to one fetch.
 */
export class FlowControl {
  private readonly group: () => Pick<Group, 'pause' | 'resume'> | null;
  private readonly bulkTopic: string;
  private readonly goOn: (work: PartitionState) => void;
  private totalBytes = 0;

  /** @param goOn takes more of what was fetched, while a partition stays paused */
  constructor(
    group: () => Pick<Group, 'pause' | 'resume'> | null,
    bulkTopic: string,
    goOn: (work: PartitionState) => void,
  ) {
    this.group = group;
    this.bulkTopic = bulkTopic;
    this.goOn = goOn;
  }

  /**
   * @param sharedBy deliveries that have the same record
   * @returns the bytes to hand to `left` later
   */
  received(
    home: Size,
    { value, key }: { value: Buffer | null; key: string | null },
    sharedBy: number,
  ): number {
    const own = Math.ceil(((value?.length ?? 0) + (key?.length ?? 0)) / sharedBy);
    const bytes = own + RECORD_OVERHEAD_BYTES;
    home.openRecords += 1;
    home.openBytes += bytes;
    this.totalBytes += bytes;
    return bytes;
  }

  left(home: Size, bytes: number): void {
    home.openRecords -= 1;
    home.openBytes -= bytes;
    this.totalBytes -= bytes;
  }

  /** What is in memory goes to another home. */
  moved(from: Size, to: Size, bytes: number): void {
    this.left(from, bytes);
    to.openRecords += 1;
    to.openBytes += bytes;
    this.totalBytes += bytes;
  }

  /** Pauses or resumes a partition as its load and the free memory ask for. */
  balance({ root: work }: Pick<Home, 'root'>): void {
    const group = this.group();
    if (!group || !work.isOurs) return;
    // What a blocked key holds is bounded by its bytes alone, so that other keys go on.
    const records = work.openRecords - work.heldRecords;
    const bytesMax = work.topic === this.bulkTopic ? BYTES_OF_BULK : BYTES_TOTAL;
    const bytesPause = Math.max(BYTES_EACH_MIN, bytesMax - this.totalBytes);
    const isFull = records >= RECORDS_PAUSE || work.openBytes >= bytesPause;
    const hasRoom = records <= RECORDS_RESUME && work.openBytes <= bytesPause / 2;
    // A map that came from the last owner shrinks only when what it leaves open is read.
    const isMapFull = work.isMapFull && work.openRecords > 0;
    const hasFetched = work.fetched.length > 0;
    if (!work.isPaused && (isFull || isMapFull || hasFetched)) {
      work.paused(Date.now());
      group.pause(work.topic, work.partition);
    } else if (work.isPaused && hasRoom && !isMapFull) {
      if (hasFetched) return this.goOn(work);
      work.resumed();
      group.resume(work.topic, work.partition);
    }
  }
}
