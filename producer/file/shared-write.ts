import type { OutgoingRecord } from '../../common/kafka/ports.ts';

interface Waiting {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Number of records that are written without waiting for the other files. */
const RECORDS_MAX = 10_000;

/**
 * Gathers what several files write at the same time into one transaction: a transaction costs some
 * ten requests, however little is in it. It is written when every file that is still being read
 * waits for its part.
 */
export class SharedWrite {
  private readonly writeAll: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** Files that may yet write. */
  private reading: number;
  private waiting: Waiting[] = [];
  private records = 0;
  private isWriting = false;

  /** @param writeAll one transaction; is never called before the last one has ended */
  constructor(files: number, writeAll: SharedWrite['writeAll']) {
    this.reading = files;
    this.writeAll = writeAll;
  }

  /** Resolves when the transaction with these records is committed. */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.push({ records, resolve, reject });
    this.records += records.length;
    this.writeWhenDue();
    await promise;
  }

  /** A file has ended, in whatever way: nobody need wait for it any more. */
  leave(): void {
    this.reading -= 1;
    this.writeWhenDue();
  }

  private writeWhenDue(): void {
    const { length } = this.waiting;
    if (this.isWriting || length === 0) return;
    if (length < this.reading && this.records < RECORDS_MAX) return;
    const written = this.waiting;
    this.waiting = [];
    this.records = 0;
    this.isWriting = true;
    this.writeAll(written.flatMap(({ records }) => records))
      .then(
        () => written.forEach(({ resolve }) => resolve()),
        (error: unknown) => written.forEach(({ reject }) => reject(error)),
      )
      .finally(() => {
        this.isWriting = false;
        this.writeWhenDue();
      });
  }
}
