import type { LogRecord } from '../delivery.ts';

/** A record to write. The partition is always explicit: the caller knows the key's partition. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  /** null is a tombstone in a compacted topic. */
  readonly value: Buffer | string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Writes records outside transactions, acknowledged by all in-sync replicas. Many small calls
 * are gathered into few requests.
 */
export interface Publisher {
  /**
   * Resolves once Kafka has the record.
   *
   * @param deadlineMs how long to try; Infinity tries until `close`. A rejection means that the
   *                   outcome is unknown: the record may be in the log, and a retry may repeat it.
   * @throws BrokerUnavailableError
   */
  publish(record: OutgoingRecord, deadlineMs: number): Promise<void>;
  /** Waits for what is under way, for at most `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>;
}

/** Writes sets of records, each set wholly or not at all, as the one owner of an id. */
export interface TransactionalWriter {
  /**
   * Takes the transactional id over: an older owner's open transaction is aborted and its next
   * write fails. Call it before reading any state that the writes depend on.
   */
  fence(): Promise<void>;
  /**
   * Writes all records in one transaction. After a throw the outcome is unknown and the writer
   * refuses further writes until `fence` has been called and the state read again.
   */
  write(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** A compacted topic kept as a map in memory: the newest value of each key. */
export interface CompactedTable<Value> {
  get(key: string): Value | undefined;
  entries(): IterableIterator<[string, Value]>;
  readonly size: number;
  /** Resolves when everything that was in the topic at the time of the call has been read. */
  caughtUp(): Promise<void>;
  onChange(listener: (key: string, value: Value | undefined) => void): void;
  close(): Promise<void>;
}

/** What a member of a consumer group has been given, topic by topic. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

export interface GroupHandlers {
  /**
   * Records of one partition in offset order. Must only take them and return: it never waits
   * for the work itself and never throws.
   *
   * @param readTo offset after the last one read, which counts what has no record (transaction
   *               markers, compacted offsets): with nothing unfinished it is the commit point
   */
  onRecords(batch: {
    readonly topic: string;
    readonly partition: number;
    readonly records: readonly LogRecord[];
    readonly readTo: number;
  }): void;
  /** Called synchronously before every (re)join: nothing new may be started until `onAssigned`. */
  onFence(): void;
  /**
   * The new assignment. Fetching is held back until the promise resolves with where to begin:
   * partitions not named begin at their committed offset.
   */
  onAssigned(assignment: Assignment, committed: CommittedOffsets): Promise<readonly Start[]>;
}

export interface Start {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** The group's committed offset and metadata; offset is the log's start when none was committed. */
export interface CommittedOffsets {
  get(topic: string, partition: number): { offset: number; metadata: string } | undefined;
}
