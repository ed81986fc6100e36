import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';

/**
 * Largest size of one transaction, in bytes: short, because an open one holds back the partitions'
 * consumers.
 */
const BYTES_MAX = 2_000_000;

/** Records that go into the next transaction. */
export class TransactionBatch {
  private readonly topic: string;
  private readonly recordsMax: number;
  private records: OutgoingRecord[] = [];
  private offsets = new Map<number, number[]>();
  private bytes = 0;

  constructor(topic: string, recordsMax: number) {
    this.topic = topic;
    this.recordsMax = recordsMax;
  }

  get size(): number {
    return this.records.length;
  }

  /** An empty one takes a record of any size. */
  takes({ value }: LogRecord): boolean {
    if (this.size === 0) return true;
    return this.size < this.recordsMax && this.bytes + (value?.length ?? 0) <= BYTES_MAX;
  }

  /** The copy keeps key and value, and the partition unless it comes from a source topic. */
  add(
    { partition, copyTo = partition, offset, key, value }: LogRecord,
    headers: OutgoingRecord['headers'],
  ): void {
    this.records.push({ topic: this.topic, partition: copyTo, key, value, headers });
    this.bytes += value?.length ?? 0;
    const ofPartition = this.offsets.get(partition);
    if (ofPartition) ofPartition.push(offset);
    else this.offsets.set(partition, [offset]);
  }

  /** Empties it. @returns the copies, and the offsets of their origins, by partition */
  take(): { records: readonly OutgoingRecord[]; offsets: ReadonlyMap<number, readonly number[]> } {
    const { records, offsets } = this;
    this.records = [];
    this.offsets = new Map();
    this.bytes = 0;
    return { records, offsets };
  }
}
