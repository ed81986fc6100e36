import type { FileHandle } from 'node:fs/promises';
import { BatchBuilder } from './batch-builder.ts';
import type { Batch, BatchTarget, RowsBefore } from './batch-builder.ts';
import type { OpenCsv } from './open-csv.ts';
import { readBlocks } from './read-blocks.ts';
import type { Place } from './record-block.ts';

/**
 * Makes deliveries of a file's rows, a transaction's worth at a time. A row's number, and so its
 * id, depends on the file alone, wherever reading began.
 *
 * @param from where to begin, and what is known of the rows before
 */
export async function* readBatches(
  csv: Pick<OpenCsv, 'rows' | 'format'> & { readonly handle: FileHandle },
  from: { readonly place: Place } & RowsBefore,
  target: BatchTarget,
): AsyncGenerator<Batch, void> {
  let builder = new BatchBuilder(csv.rows, target, from);
  for await (const block of readBlocks(csv.handle, from.place, csv.format)) {
    builder.add(block);
    if (!builder.isFull && !block.isLast) continue;
    const batch = builder.build(block);
    yield batch;
    builder = new BatchBuilder(csv.rows, target, batch.counted);
  }
}
