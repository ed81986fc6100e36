import { decodeRecord } from './decide/decode-record.ts';
import type { BatchContext } from './decide/decode-record.ts';
import { replaceInternalModule } from './internals.ts';

/**
 * kafkajs 2.2.4 reads a record with 64-bit numbers made of objects, and copies its headers once
 * for each of them: 1.2 µs, three times what reading it plainly takes, and most of the garbage of
 * whoever reads much. Everything delivered, scanned, replayed or shown is read by this.
 */
export function patchRecordDecoder(): void {
  replaceInternalModule(
    'protocol/recordBatch/record/v0/decoder',
    'protocol/recordBatch/v0/decoder',
    ({ buffer }: { buffer: Buffer }, context: BatchContext) => decodeRecord(buffer, context),
  );
}
