import type { OutgoingRecord } from './types.ts';

/** One record on its way, with the promise of whoever waits for it. */
export interface Entry {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly expiresAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** kafkajs groups messages in quadratic time (tulios/kafkajs#1576): stay well below 2,000. */
const BATCH_RECORDS_MAX = 1_000;
const BATCH_BYTES_MAX = 1_000_000;

/** What waits for one partition, in order, with at most one batch of it under way. */
export class SendQueue {
  readonly topic: string;
  readonly partition: number;
  /** What sends it until it is empty. */
  sendingLoop: Promise<void> | null = null;
  /** Entries under way; they stay here until their outcome is known. */
  sending: readonly Entry[] = [];
  /** Why the last batch was not taken; null when it was. */
  lastError: string | null = null;
  /** Set when the broker refused a record of a batch, so that one record cannot block the rest. */
  private recordsMax = BATCH_RECORDS_MAX;
  private waiting: Entry[] = [];

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.sending.length === 0;
  }

  get isReady(): boolean {
    return this.waiting.length > 0 && this.sending.length === 0;
  }

  add(entry: Entry): void {
    this.waiting.push(entry);
  }

  /** Takes the next batch; there must be none under way. */
  take(): readonly Entry[] {
    let count = 0;
    let bytes = 0;
    for (const entry of this.waiting) {
      if (count > 0 && (count >= this.recordsMax || bytes + entry.bytes > BATCH_BYTES_MAX)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.sending = this.waiting.splice(0, count);
    return this.sending;
  }

  /** The batch is in the log. */
  acknowledged(): void {
    this.sending = [];
    this.lastError = null;
    this.recordsMax = BATCH_RECORDS_MAX;
  }

  /** The outcome is unknown: the same records are tried again before all others. */
  putBack(): void {
    this.waiting = [...this.sending, ...this.waiting];
    this.sending = [];
  }

  /** The broker refused one of the records: halves the batch, or gives up one that is alone. */
  refused(): Entry | null {
    const [only] = this.sending;
    if (this.sending.length === 1 && only) {
      this.acknowledged();
      return only;
    }
    this.recordsMax = Math.max(1, Math.floor(this.sending.length / 2));
    this.putBack();
    return null;
  }

  /** Removes and returns the waiting entries whose time is up; those under way stay. */
  expire(nowMs: number): readonly Entry[] {
    const expired = this.waiting.filter((entry) => entry.expiresAtMs <= nowMs);
    if (expired.length > 0) {
      this.waiting = this.waiting.filter((entry) => entry.expiresAtMs > nowMs);
    }
    return expired;
  }

  /** Entries under way whose time is up; they stay, as their outcome is not known. */
  overdue(nowMs: number): readonly Entry[] {
    return this.sending.filter((entry) => entry.expiresAtMs <= nowMs);
  }

  /** Everything not yet acknowledged, at the close. */
  drain(): readonly Entry[] {
    const rest = [...this.sending, ...this.waiting];
    this.sending = [];
    this.waiting = [];
    return rest;
  }
}
