import type { FileWarning } from '../../common/model/file-progress.ts';
import { HEADER, fileRowId } from '../../common/model/delivery.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Span } from '../../common/tracing/tracing.ts';
import type { RejectedRow } from './rejected-row.ts';
import { DoubtCounts } from './row-doubts.ts';
import type { RowDelivery, RowFormat } from './row-format.ts';
import { bodyFault } from './row.ts';
import type { Place, RecordBlock } from './record-block.ts';

/** Contents of one transaction. */
export interface Batch {
  readonly records: readonly OutgoingRecord[];
  readonly rejected: readonly RejectedRow[];
  readonly warnings: readonly FileWarning[];
  readonly counted: RowsBefore;
  readonly next: Place;
  readonly isLast: boolean;
  /** Begun with the first row, to be ended when all is in the log; undefined: nothing is traced. */
  readonly span: Span | undefined;
}

/** Findings about a file from the rows before a place. */
export interface RowsBefore {
  /** Data rows, rejected ones included. */
  readonly rows: number;
  /**
   * Line of a header with other columns, such as of a second file put behind the first: rows after
   * it are not what the file's own header says. Null while there is none.
   */
  readonly otherHeaderLine: number | null;
}

export interface BatchTarget {
  readonly fileId: string;
  readonly topic: string;
  /** How many the topic has now; more may be added while a file is read. */
  readonly partitions: () => number;
  readonly messageBytesMax: number;
  /** Why the topics would not take a record for its size; null when they do. */
  readonly whyTooLarge: (record: OutgoingRecord) => string | null;
  readonly startSpan: () => Span | undefined;
}

const LAST_LINE_UNFINISHED: FileWarning = {
  code: 'last_line_unfinished',
  message: 'the last line had no end; the file may have been cut short on its way',
};
/** An open transaction holds readers back, so it must be over in well under a second. */
const BATCH_ROWS = 10_000;
const BATCH_CHARACTERS = 3_000_000;

/** Gathers the deliveries and the rejected rows of successive blocks of a file. */
export class BatchBuilder {
  private rows: number;
  private otherHeaderLine: number | null;
  private characters = 0;
  private readonly records: OutgoingRecord[] = [];
  private readonly rejected: RejectedRow[] = [];
  private readonly doubts = new DoubtCounts();
  private readonly format: RowFormat;
  private readonly target: BatchTarget;
  private readonly span: Span | undefined;
  private readonly traceparent: string | null;

  constructor(format: RowFormat, target: BatchTarget, { rows, otherHeaderLine }: RowsBefore) {
    this.format = format;
    this.target = target;
    this.span = target.startSpan();
    this.traceparent = this.span?.traceparent ?? null;
    this.rows = rows;
    this.otherHeaderLine = otherHeaderLine;
  }

  get isFull(): boolean {
    // Rejected rows take a disk write, and no more room than others.
    const count = this.records.length + this.rejected.length;
    return count >= BATCH_ROWS || this.characters >= BATCH_CHARACTERS;
  }

  build({ next, isLast, isUnfinished }: RecordBlock): Batch {
    const { records, rejected, rows, otherHeaderLine, span } = this;
    const warnings = [...this.doubts.warnings(), ...(isUnfinished ? [LAST_LINE_UNFINISHED] : [])];
    const counted = { rows, otherHeaderLine };
    return { records, rejected, warnings, counted, next, isLast, span };
  }

  add(block: RecordBlock): void {
    for (const index of block.records.keys()) {
      this.rows += 1;
      const delivery = this.deliveryOf(block, index);
      const record = typeof delivery === 'string' ? delivery : this.recordOf(delivery);
      if (typeof delivery === 'string' || typeof record === 'string') {
        const reason = String(record);
        const row = { line: block.lineAt(index), reason, raw: block.rawAt(index) };
        this.characters += row.raw.length;
        this.rejected.push(row);
        continue;
      }
      const { body, doubts } = delivery;
      const line = () => block.lineAt(index);
      if (doubts.length > 0) this.doubts.add(doubts, line);
      if (block.endsTwiceAt(index)) this.doubts.add(['line_end_twice'], line);
      this.characters += body.length;
      this.records.push(record);
    }
  }

  /** @returns the record of a row, or why the topics would not take it */
  private recordOf({ userId, body }: RowDelivery): OutgoingRecord | string {
    const { target, traceparent } = this;
    const { fileId, topic, partitions, whyTooLarge } = target;
    const id = fileRowId(fileId, this.rows);
    const headers: Record<string, string> =
      traceparent === null
        ? { [HEADER.id]: id }
        : { [HEADER.id]: id, [HEADER.traceparent]: traceparent };
    const partition = partitionOf(userId, partitions());
    const record = { topic, partition, key: userId, value: body, headers };
    return whyTooLarge(record) ?? record;
  }

  private deliveryOf(block: RecordBlock, index: number): RowDelivery | string {
    const record = block.records[index];
    if (!record) return 'no record';
    const { fields, fault } = record;
    if (fault !== null) return fault;
    const header = this.format.headerAgain(fields);
    if (header !== null) {
      this.otherHeaderLine = header === 'other' ? block.lineAt(index) : null;
      return header === 'same' ? 'the header line again' : 'a header line with other columns';
    }
    if (this.otherHeaderLine !== null) {
      return `after a header line with other columns, line ${this.otherHeaderLine}`;
    }
    const delivery = this.format.deliveryOf(fields);
    if (typeof delivery === 'string') return delivery;
    if (!block.isUtf8At(index)) return 'not valid UTF-8';
    return bodyFault(delivery.body, this.target.messageBytesMax) ?? delivery;
  }
}
