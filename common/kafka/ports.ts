import type { LogRecord, PackedRecord } from './log-record.ts';

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
   *                   outcome is unknown: the record may be in the log, and a second call may
   *                   repeat it.
   * @throws BrokerUnavailableError
   */
  publish(record: OutgoingRecord, deadlineMs: number): Promise<void>;
  /** Waits for what is under way, for at most `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>;
}

/** Writes lines, many of them as one record; part of a publisher. */
export interface LineWriter {
  /**
   * Adds a line to the record that is gathered for a partition; tries until the close.
   *
   * @param line at most 250,000 characters, without a line break
   * @returns resolves once Kafka has the record
   */
  append(topic: string, partition: number, line: string): Promise<void>;
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
  /**
   * Resolves when all that was in the topic at the time of the call has been read.
   *
   * @param partition only this one; another one's open transaction is then not waited for
   */
  caughtUp(partition?: number): Promise<void>;
  onChange(listener: (key: string, value: Value | undefined) => void): void;
  close(): Promise<void>;
}

/** Partitions that are assigned to a member of a consumer group, by topic. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

/** Handlers that get records to be read at once. A batch that cannot be read is logged. */
export interface GroupHandlers extends MembershipHandlers {
  /**
   * Records of one partition in offset order. Must only take them and return: it never waits
   * for the work itself and never throws.
   */
  onRecords(batch: RecordBatch): void;
}

/**
 * Handlers that keep records for a while before each is read (`unpack`). For each batch that cannot
 * be read they get an entry with `undecodable`, at the offset of its last record.
 */
export interface PackedHandlers extends MembershipHandlers {
  /** Takes packed records under the same rules as `onRecords`. */
  onPacked(batch: PackedBatch): void;
}

export interface MembershipHandlers {
  /** Called synchronously before every (re)join: nothing new may be started until `onAssigned`. */
  onFence(): void;
  /** Records of a partition that was being read are no longer in its log: those before `to`. */
  onCut?(cut: { topic: string; partition: number; from: number; to: number }): void;
  /** The group is about to rebalance: the last moment at which a commit is sure to be taken. */
  onRebalancing?(): void;
  /**
   * The new assignment; fetching waits until the promise resolves.
   *
   * @param committed where each partition stands
   * @param group     the membership, which may be kept
   * @returns where to begin reading; a partition not named begins at its committed offset, one
   *          with the offset null is held back until `startAt`
   */
  onAssigned(
    assignment: Assignment,
    committed: CommittedOffsets,
    group: Group,
  ): Promise<readonly Start[]>;
}

interface BatchOf<Item> {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly Item[];
  /**
   * Offset after the last one read, which counts what has no record (transaction markers,
   * compacted offsets): with nothing unfinished it is the commit point.
   */
  readonly readTo: number;
}
export type RecordBatch = BatchOf<LogRecord>;
export type PackedBatch = BatchOf<PackedRecord>;

export interface Start {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | null;
}

export interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Up to 4,096 characters that the next owner gets with the offset. */
  readonly metadata: string;
}

export interface CommittedOffsets {
  get(topic: string, partition: number): CommittedPosition;
  /** Whether any partition of the topics has a commit, also one that is another member's. */
  readonly hasAny: boolean;
  /** Whether any partition of the topics has a record, also one that is another member's. */
  readonly hasRecords: boolean;
}

/**
 * Committed position within the log's bounds; the log's start, without metadata, when nothing was
 * committed.
 */
export interface CommittedPosition {
  readonly offset: number;
  readonly metadata: string;
  /** The first offset that is still in the log. */
  readonly low: number;
  /** The log's end. */
  readonly high: number;
  /** The committed position, wherever it is stored; null when nothing was committed. */
  readonly committed: { readonly offset: number; readonly metadata: string } | null;
}

/** Membership of a consumer group. */
export interface Group {
  /** Changes with every join; what was begun under an older epoch must not be committed. */
  readonly epoch: number;
  readonly memberId: string;
  readonly assignment: Assignment;
  /**
   * False from the moment a rejoin begins until the new assignment is in force, and while the
   * group has not confirmed the membership for so long that it may have ended.
   */
  readonly isStable: boolean;
  /**
   * Tries once to commit under the present generation.
   * @throws the broker's error
   */
  commit(commits: readonly Commit[]): Promise<void>;
  /** Begins a partition that `onAssigned` held back. */
  startAt(topic: string, partition: number, offset: number): void;
  /** Reads these topics from now on, in place of those from before: the group rebalances. */
  setTopics(topics: readonly string[]): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** Leaves the group. Nothing can be committed after that. */
  close(): Promise<void>;
}
