import type { FileHandle } from 'node:fs/promises';
import type { FileWarning } from '../../common/file-progress.ts';
import { HEADER, fileRowId } from '../../common/delivery.ts';
import { partitionOf } from '../../common/kafka/partitioner.ts';
import type { OutgoingRecord } from '../../common/kafka/types.ts';
import { bodyFault, rowBody, rowFault } from './decide/row.ts';
import type { RejectedRow } from './decide/rejected-row.ts';
import type { OpenCsv } from './open-csv.ts';
import { readBlocks } from './read-blocks.ts';
import type { Place, RecordBlock } from './record-block.ts';

/** What goes into one transaction. */
export interface Batch {
  readonly records: readonly OutgoingRecord[];
  readonly rejected: readonly RejectedRow[];
  readonly warnings: readonly FileWarning[];
  /** Data rows of the file up to the end of the batch, rejected ones included. */
  readonly rows: number;
  readonly next: Place;
  readonly isLast: boolean;
}

export interface BatchTarget {
  readonly fileId: string;
  readonly topic: string;
  readonly partitions: number;
  readonly messageBytesMax: number;
}

const LAST_LINE_UNFINISHED: FileWarning = {
  code: 'last_line_unfinished',
  message: 'the last line had no end; the file may have been cut short on its way',
};
/** An open transaction holds readers back, so it must be over in well under a second. */
const BATCH_ROWS = 10_000;
const BATCH_CHARACTERS = 3_000_000;

/**
 * Makes deliveries of a file's rows, a transaction's worth at a time. A row's number, and so its
 * id, depends on the file alone, wherever reading began.
 *
 * @param from where to begin, and how many rows come before
 */
export async function* readBatches(
  csv: Pick<OpenCsv, 'columns' | 'format'> & { readonly handle: FileHandle },
  from: { readonly place: Place; readonly rows: number },
  target: BatchTarget,
): AsyncGenerator<Batch, void> {
  let batch = new BatchBuilder(csv, target, from.rows);
  for await (const block of readBlocks(csv.handle, from.place, csv.format)) {
    batch.add(block);
    if (!batch.isFull && !block.isLast) continue;
    yield batch.build(block);
    batch = new BatchBuilder(csv, target, batch.rows);
  }
}

class BatchBuilder {
  rows: number;
  private characters = 0;
  private readonly records: OutgoingRecord[] = [];
  private readonly rejected: RejectedRow[] = [];
  private readonly csv: Pick<OpenCsv, 'columns'>;
  private readonly target: BatchTarget;

  constructor(csv: Pick<OpenCsv, 'columns'>, target: BatchTarget, rows: number) {
    this.csv = csv;
    this.target = target;
    this.rows = rows;
  }

  get isFull(): boolean {
    // Rejected rows take a disk write, and no more room than others.
    const count = this.records.length + this.rejected.length;
    return count >= BATCH_ROWS || this.characters >= BATCH_CHARACTERS;
  }

  build({ next, isLast, isUnfinished }: RecordBlock): Batch {
    const { records, rejected, rows } = this;
    const warnings = isUnfinished ? [LAST_LINE_UNFINISHED] : [];
    return { records, rejected, warnings, rows, next, isLast };
  }

  add(block: RecordBlock): void {
    const { columns } = this.csv;
    const { fileId, topic, partitions, messageBytesMax } = this.target;
    for (const [index, { fields, fault }] of block.records.entries()) {
      this.rows += 1;
      let reason = fault ?? rowFault(fields, columns);
      if (!block.isUtf8At(index)) reason ??= 'not valid UTF-8';
      const body = reason === null ? rowBody(fields, columns) : '';
      reason ??= bodyFault(body, messageBytesMax);
      if (reason !== null) {
        const rejected = { line: block.lineAt(index), reason, raw: block.rawAt(index) };
        this.characters += rejected.raw.length;
        this.rejected.push(rejected);
        continue;
      }
      const userId = fields[columns.userId] as string;
      this.characters += body.length;
      this.records.push({
        topic,
        partition: partitionOf(userId, partitions),
        key: userId,
        value: body,
        headers: { [HEADER.id]: fileRowId(fileId, this.rows) },
      });
    }
  }
}
