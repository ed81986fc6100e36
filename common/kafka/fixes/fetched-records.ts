import { BATCH_FORMAT } from '../protocol/batch-head.ts';
import type { PackedRecord } from '../log-record.ts';
import { internalModule, replaceInternalModule } from '../internals.ts';
import { readBatches, responseBudget } from '../protocol/read-batches.ts';
import type { Budget } from '../protocol/read-batches.ts';

/** kafkajs' reader of a response; `buffer` is the same for all partitions of one response. */
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

type DecodeMessages = (decoder: Decoder) => Promise<readonly PackedRecord[]>;

const PATH = 'protocol/requests/fetch/v4/decodeMessages';
const FORMAT_AT = 16;

/**
 * kafkajs 2.2.4 reads only gzip, and one batch that it cannot read fails the whole response and
 * with that the consumer, for ever. It verifies no checksum, hands the records of a batch to `push`
 * as arguments (some 120,000 end in a RangeError), stays at an empty batch that compaction leaves,
 * and reads a record with 64-bit numbers made of objects (1.2 µs, three times what is needed).
 * Everything delivered, scanned, replayed or shown is read by this instead.
 *
 * @see docs/decisions/0003-kafkajs.md
 */
export function fixFetchedRecords(): void {
  const theirs = internalModule<DecodeMessages>(PATH);
  const budgets = new WeakMap<Buffer, Budget>();
  const ours: DecodeMessages = async (decoder) => {
    const { buffer, offset } = decoder;
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    if (bytes.length <= FORMAT_AT) return [];
    if (bytes.readInt8(FORMAT_AT) < BATCH_FORMAT) {
      decoder.offset = offset;
      return theirs(decoder);
    }
    let budget = budgets.get(buffer);
    if (!budget) budgets.set(buffer, (budget = responseBudget()));
    return readBatches(bytes, budget);
  };
  replaceInternalModule(PATH, 'protocol/requests/fetch/v11/response', ours);
}
