import type { LogRecord } from '../../common/kafka/log-record.ts';

export interface SearchLimits {
  /** Largest number of bytes of the log that one request reads. */
  readonly bytes: number;
  readonly ms: number;
}

export const SEARCH_LIMITS: SearchLimits = { bytes: 32 * 1024 ** 2, ms: 5_000 };

/** Rough size of a record beside its value, in bytes: key and headers. */
const RECORD_OVERHEAD_BYTES = 150;
/** A read has its price even when it finds nothing. */
const READ_BYTES = 4_096;

/** Limits what one request may still read of the log. */
export class SearchBudget {
  /** Records that were read. */
  records = 0;
  private bytesLeft: number;
  private readonly deadlineMs: number;

  constructor({ bytes, ms }: SearchLimits) {
    this.bytesLeft = bytes;
    this.deadlineMs = performance.now() + ms;
  }

  get isSpent(): boolean {
    return this.bytesLeft <= 0 || performance.now() >= this.deadlineMs;
  }

  spend(records: readonly LogRecord[]): void {
    this.records += records.length;
    this.bytesLeft -= READ_BYTES;
    for (const { value } of records) {
      this.bytesLeft -= (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    }
  }

  /** Another budget with a part of what is left; what it spends, this one has spent as well. */
  part(share: number): SearchBudget {
    return new PartBudget(this, Math.floor(this.bytesLeft * share), this.deadlineMs);
  }
}

class PartBudget extends SearchBudget {
  private readonly whole: SearchBudget;

  constructor(whole: SearchBudget, bytes: number, deadlineMs: number) {
    super({ bytes, ms: deadlineMs - performance.now() });
    this.whole = whole;
  }

  override spend(records: readonly LogRecord[]): void {
    super.spend(records);
    this.whole.spend(records);
  }
}
