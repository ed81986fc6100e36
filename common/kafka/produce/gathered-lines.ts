import type { OutgoingRecord } from '../ports.ts';
import type { Entry } from './partition-queue.ts';
import { recordBytes } from './record-bytes.ts';

const LINES_MAX = 500;
/** Kafka takes records of about 1 MB, and a character may need three bytes. */
const CHARS_MAX = 300_000;

/**
 * Lines that become the value of one record, which grows until it is sent.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export class GatheredLines implements Entry {
  readonly expiresAtMs = Infinity;
  /** Resolves when all of them are in the log. */
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  private readonly empty: OutgoingRecord;
  private readonly lines: string[] = [];
  private chars = 0;

  constructor(topic: string, partition: number) {
    this.empty = { topic, partition, key: null, value: '', headers: {} };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.written = promise;
    this.resolve = resolve;
    this.reject = reject;
  }

  get record(): OutgoingRecord {
    return { ...this.empty, value: this.lines.join('\n') };
  }

  get bytes(): number {
    return recordBytes(this.empty) + this.chars;
  }

  /** Whether the record stays within its bounds with this line; a first line always has room. */
  hasRoomFor(line: string): boolean {
    if (this.lines.length === 0) return true;
    return this.lines.length < LINES_MAX && this.chars + line.length < CHARS_MAX;
  }

  add(line: string): void {
    this.lines.push(line);
    this.chars += line.length + 1;
  }
}
