import type { OutgoingRecord } from '../ports.ts';
import { BatchNumbers } from './batch-numbers.ts';
import { partitionName } from './produce-answer.ts';

/** A record on its way, with the promise that its caller waits for. */
export interface Entry {
  /** Read once, when the record goes into a batch. */
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly expiresAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Records that are sent together, until their outcome is known. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  /** A batch that may have reached a broker is only ever sent again unchanged. */
  isSent: boolean;
}

/** Consequences of a refused batch. */
interface Refused {
  /** The refused entry, once it was alone. */
  readonly givenUp: Entry | null;
  /** Whether the queue may keep its producer id; otherwise another id has to be requested. */
  readonly hasEpoch: boolean;
}

const BATCH_BYTES_MAX = 1_000_000;
/** A batch numbers its records, and their encoding takes the event loop for itself. */
const BATCH_RECORDS_MAX = 10_000;

/** Records that wait for one partition, in order, with at most one batch of them unresolved. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** As in an answer. */
  readonly name: string;
  readonly numbers = new BatchNumbers();
  /**
   * Batch that is under way or to be sent again; no other batch is formed before its outcome is
   * known.
   */
  batch: Batch | null = null;
  /** A lane has it, or it rests after a failure. */
  isOffered = false;
  /** Time since which the first entry has been waiting, in ms of `performance.now()`. */
  waitingSinceMs = 0;
  /** Failures since the last batch was written. */
  failures = 0;
  /** Why the last batch was not taken; null when it was. */
  lastError: string | null = null;
  /** Largest size of a batch, in bytes, by the estimates of its entries. */
  bytesMax = BATCH_BYTES_MAX;
  /** Lowered when the broker refused one of a batch's records, so that it blocks no others. */
  private recordsMax = BATCH_RECORDS_MAX;
  private waiting: Entry[] = [];

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
    this.name = partitionName(topic, partition);
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.batch === null;
  }

  /** The entry that was added last, while that entry waits. */
  get last(): Entry | undefined {
    return this.waiting.at(-1);
  }

  add(entry: Entry, nowMs: number): void {
    if (this.waiting.length === 0) this.waitingSinceMs = nowMs;
    this.waiting.push(entry);
  }

  /** The batch to send now: the unresolved one, else the next; null when nothing waits. */
  take(): Batch | null {
    if (this.batch || this.waiting.length === 0) return this.batch;
    let count = 0;
    let bytes = 0;
    for (const entry of this.waiting) {
      if (count > 0 && (count >= this.recordsMax || bytes + entry.bytes > this.bytesMax)) break;
      bytes += entry.bytes;
      count += 1;
    }
    const all = count === this.waiting.length;
    const entries = all ? this.waiting : this.waiting.splice(0, count);
    if (all) this.waiting = [];
    const records = entries.map(({ record }) => record);
    this.batch = { entries, records, bytes, isSent: false };
    return this.batch;
  }

  /** The batch is in the log. @returns its entries */
  written(): readonly Entry[] {
    const { entries = [], records = [] } = this.batch ?? {};
    this.numbers.written(records.length);
    this.recovered();
    return entries;
  }

  /**
   * The broker refused one of the batch's records. Halves the batch. An earlier request may have
   * written it all the same, as a broker looks at sizes before it looks for repeats: its numbers
   * are not used again, as what has them next would then be taken for a repeat, and be lost.
   */
  refused(): Refused {
    const { entries = [] } = this.batch ?? {};
    const hasEpoch = this.numbers.restart();
    const [only] = entries;
    if (entries.length === 1 && only) {
      this.recovered();
      return { givenUp: only, hasEpoch };
    }
    this.recordsMax = Math.max(1, Math.floor(entries.length / 2));
    this.putBack();
    return { givenUp: null, hasEpoch };
  }

  /** A batch that no broker can have is formed again, as its records may expire meanwhile. */
  putBack(): void {
    if (this.batch) this.waiting = [...this.batch.entries, ...this.waiting];
    this.batch = null;
  }

  /** Removes and returns the waiting entries whose time is up. */
  expire(nowMs: number): readonly Entry[] {
    const expired = this.waiting.filter((entry) => entry.expiresAtMs <= nowMs);
    if (expired.length > 0) {
      this.waiting = this.waiting.filter((entry) => entry.expiresAtMs > nowMs);
    }
    return expired;
  }

  /** Entries of the batch whose time is up; they stay, as their outcome is not known. */
  overdue(nowMs: number): readonly Entry[] {
    return (this.batch?.entries ?? []).filter((entry) => entry.expiresAtMs <= nowMs);
  }

  /** Everything that is not known to be in the log, at the close. */
  drain(): readonly Entry[] {
    this.putBack();
    const all = this.waiting;
    this.waiting = [];
    return all;
  }

  private recovered(): void {
    this.batch = null;
    this.failures = 0;
    this.lastError = null;
    this.recordsMax = BATCH_RECORDS_MAX;
  }
}
