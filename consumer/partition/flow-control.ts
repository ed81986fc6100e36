import type { Group } from '../../common/kafka/ports.ts';
import type { PartitionState } from './partition-state.ts';
import type { Home } from './home.ts';
import type { LogRecord, PackedRecord } from '../../common/kafka/log-record.ts';

/** Received and unfinished deliveries of one partition at which its fetching pauses and goes on. */
const RECORDS_PAUSE = 2_000;
const RECORDS_RESUME = 1_000;
/**
 * Memory for the records of all partitions together, in bytes. Any partition may grow by the part
 * that is still free.
 */
export const BYTES_TOTAL = 64 * 1024 ** 2;
/**
 * Part of that memory for the bulk lane, in bytes: large bodies of a file must not use up all of
 * it.
 */
const BYTES_OF_BULK = BYTES_TOTAL * (3 / 4);
const BYTES_EACH_MIN = 1024 ** 2;
/**
 * Memory that an unpacked record takes beside its body, its key and its headers' values, in bytes.
 */
const RECORD_OVERHEAD_BYTES = 600;

/** Memory that a packed record takes beside the bytes of the record, in bytes. */
const PACKED_OVERHEAD_BYTES = 100;

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
    { value, key, headers }: Pick<LogRecord, 'value' | 'key' | 'headers'>,
    sharedBy: number,
  ): number {
    let size = (value?.length ?? 0) + (key?.length ?? 0);
    for (const name in headers) size += headers[name]?.length ?? 0;
    const own = Math.ceil(size / sharedBy);
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

  /** A record waits, as it was fetched, until there is room for its deliveries. */
  fetched(work: PartitionState, record: PackedRecord): void {
    work.fetched.push(record);
    this.countFetched(work, sizeOf(record));
  }

  /** The next record that waits in this way, if any. */
  takeFetched(work: PartitionState): PackedRecord | undefined {
    const record = work.fetched.shift();
    if (record) this.countFetched(work, -sizeOf(record));
    return record;
  }

  /** Puts a record back that was taken and has to wait on, before all others. */
  putBack(work: PartitionState, record: PackedRecord): void {
    work.fetched.unshift(record);
    this.countFetched(work, sizeOf(record));
  }

  /** Drops the fetched records of a partition that is fetched again, or that another member has. */
  forgetFetched(work: PartitionState): void {
    while (this.takeFetched(work)) continue;
  }

  private countFetched(work: PartitionState, bytes: number): void {
    work.fetchedBytes += bytes;
    this.totalBytes += bytes;
  }

  /** Moves a record in memory from one home to another. */
  moved(from: Size, to: Size, bytes: number): void {
    this.left(from, bytes);
    to.openRecords += 1;
    to.openBytes += bytes;
    this.totalBytes += bytes;
  }

  /** Whether no more deliveries of a partition may be made for now. */
  isFull(work: PartitionState): boolean {
    return recordsOf(work) >= RECORDS_PAUSE || work.openBytes >= this.bytesPause(work);
  }

  private bytesPause({ topic }: PartitionState): number {
    const bytesMax = topic === this.bulkTopic ? BYTES_OF_BULK : BYTES_TOTAL;
    return Math.max(BYTES_EACH_MIN, bytesMax - this.totalBytes);
  }

  /** Pauses or resumes a partition as its load and the free memory ask for. */
  balance({ root: work }: Pick<Home, 'root'>): void {
    const group = this.group();
    if (!group || !work.isOurs) return;
    const isFull = this.isFull(work);
    const bytesPause = this.bytesPause(work);
    const hasRoom = recordsOf(work) <= RECORDS_RESUME && work.openBytes <= bytesPause / 2;
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

/**
 * Counts the records that do not wait behind a failed delivery: those of a blocked key are limited
 * by their bytes alone, so that other keys go on.
 */
function recordsOf({ openRecords, heldRecords }: PartitionState): number {
  return openRecords - heldRecords;
}

function sizeOf({ start, end }: PackedRecord): number {
  return end - start + PACKED_OVERHEAD_BYTES;
}
