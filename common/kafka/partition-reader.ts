import type { LogRecord } from '../delivery.ts';

/** A place in a partition's log, and how much to read from there. */
export interface ReadAt {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The first batch is read even if it is larger. */
  readonly maxBytes: number;
}

export interface PartitionRead {
  /** In offset order, none before the offset asked for. */
  readonly records: readonly LogRecord[];
  /**
   * Where to read on: counts what has no record (markers, aborted, compacted), and is greater than
   * the offset asked for unless the log ends there.
   */
  readonly readTo: number;
  /** The first offset that is still in the log. */
  readonly low: number;
}

/** Reads a partition at any offset beside the group that consumes it: no group, no membership. */
export interface PartitionReader {
  /**
   * Reads records from an offset on: committed transactions only, undecodable batches as in
   * `RecordBatch` for a group that `takesUndecodable`. Resolves with what is there, at once; at
   * the end of the log with none. When `offset < low`, retention has taken what was asked for:
   * there are no records, and `readTo` is `low`.
   *
   * @throws BrokerUnavailableError a transient failure of the broker: read again later
   */
  read(at: ReadAt): Promise<PartitionRead>;
  close(): Promise<void>;
}
