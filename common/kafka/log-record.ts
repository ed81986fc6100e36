/** Where a record lies in the log. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record as our Kafka layer hands it out: bytes copied or owned, headers as text. */
export interface LogRecord extends Position {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970, set when the record was written. */
  readonly timestampMs: number;
  /** Present: not a record; it stands for the records of a batch that cannot be read. */
  readonly undecodable?: UndecodableBatch;
  /** Present: why nothing can be made of the record, though it could be read. */
  readonly refused?: string;
  /**
   * Partition of our topics in which copies of the record belong; absent: that of the record, as in
   * topics that have the same partitions.
   */
  readonly copyTo?: number;
}

/** Offsets of a batch that cannot be read, both included, and why. */
export interface UndecodableBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reason: string;
}

/** Describes in one line which offsets cannot be read, and why. */
export function describeUndecodable(batch: UndecodableBatch): string {
  const { firstOffset, lastOffset, reason } = batch;
  return `the batch of offsets ${firstOffset} to ${lastOffset} cannot be read (${reason})`;
}

/** Fields that the records of one batch have in common. */
export interface BatchContext {
  /** Offset of the first record of the batch as it was written. */
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** ms since 1970. */
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** True: the broker's time, which is `maxTimestampMs`, counts for every record. */
  readonly isLogAppendTime: boolean;
  readonly isControlBatch: boolean;
  readonly inTransaction: boolean;
  /** 64 bits, as a decimal. */
  readonly producerId: string;
}

/**
 * A record as it lies in its batch. Most records wait longer for their delivery than new objects
 * live, and what V8 has moved stays until it looks through the whole heap: so a record that waits
 * is one object and its bytes, and `unpack` makes the others when they are needed.
 *
 * @see docs/benchmarks-notes.md#what-a-consumer-holds
 */
export interface PackedRecord {
  readonly offset: number;
  /** Key of a transaction marker; null for any other record. */
  readonly key: Buffer | null;
  isControlRecord: boolean;
  readonly batchContext: BatchContext;
  /** Present: this is no record, and stands for all records of a batch that cannot be read. */
  readonly undecodable?: UndecodableBatch;
  /** All records of the batch, and where in them this one lies. */
  readonly batch: Buffer;
  readonly start: number;
  readonly end: number;
}
