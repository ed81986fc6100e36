import { BatchBuilder } from './batch-builder.ts';
import type { Batch, BatchTarget, RowsBefore } from './batch-builder.ts';
import { bufferBytes } from './byte-source.ts';
import type { OpenFile } from './open-file.ts';
import { CHUNK_BYTES, readBlocks } from './read-blocks.ts';
import type { Place } from './record-block.ts';

/**
 * Makes deliveries of a file's rows, a transaction's worth at a time. A row's number, and so its
 * id, depends on the file alone, wherever reading began.
 *
 * @param from where to begin, and what is known of the rows before
 */
export async function* readBatches(
  { source, rows, newParser }: OpenFile,
  from: { readonly place: Place } & RowsBefore,
  target: BatchTarget,
): AsyncGenerator<Batch, void> {
  let builder = new BatchBuilder(rows, target, from);
  source.begin?.(from.place);
  const chunkBytes = bufferBytes(source, from.place.offset, CHUNK_BYTES);
  for await (const block of readBlocks(source, from.place, newParser, chunkBytes)) {
    builder.add(block);
    if (!builder.isFull && !block.isLast) continue;
    const batch = builder.build(block);
    yield batch;
    builder = new BatchBuilder(rows, target, batch.counted);
  }
}
