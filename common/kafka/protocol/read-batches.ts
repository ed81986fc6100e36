import { messageOf } from '../../base/errors.ts';
import { readBatchHead } from './batch-head.ts';
import type { BatchHead } from './batch-head.ts';
import { DamagedBatchError, findRecords } from './decode-records.ts';
import type { BatchContext, PackedRecord } from '../log-record.ts';
import { decompress } from './decompress.ts';

/**
 * Largest size of a decompressed batch. Our own batches have 8 MiB at most on the wire; a
 * compressed batch beyond this limit is a mistake or an attack, and must not exhaust the memory of
 * the process.
 */
const BATCH_BYTES_MAX = 32 * 1024 ** 2;
/**
 * Largest number of records in one batch: as many of the smallest as fit into the largest
 * uncompressed batch of deliveries.
 */
const BATCH_RECORDS_MAX = 300_000;
/**
 * Largest size that the records of one response may reach in memory, in bytes. Further batches are
 * left for the next fetch.
 */
const RESPONSE_BYTES_MAX = 64 * 1024 ** 2;
/** Rough size of a record in memory beside its value, in bytes. */
const RECORD_OVERHEAD_BYTES = 256;

const NO_BYTES = Buffer.alloc(0);

/** How much of a response may still be decompressed, all its partitions together. */
export interface Budget {
  leftBytes: number;
}

export function responseBudget(): Budget {
  return { leftBytes: RESPONSE_BYTES_MAX };
}

/**
 * Reads the batches (format 2) of one partition of a fetch response. A batch that cannot be read
 * becomes one entry with `undecodable`; the batches after it are read.
 *
 * @param bytes may end within a batch, which is then left for the next fetch
 */
export async function readBatches(bytes: Buffer, budget: Budget): Promise<PackedRecord[]> {
  const all: PackedRecord[] = [];
  let at: number | null = 0;
  while (at !== null && budget.leftBytes > 0) {
    const head = readBatchHead(bytes, at);
    if (!head) break;
    for (const record of await readBatch(head, budget)) all.push(record);
    at = head.end;
  }
  return all;
}

async function readBatch(head: BatchHead, budget: Budget): Promise<readonly PackedRecord[]> {
  const { context, codec, recordCount: count } = head;
  try {
    if (head.fault !== null) throw new DamagedBatchError(head.fault);
    let records = head.payload;
    if (codec !== 'none') {
      if (count > BATCH_RECORDS_MAX) throw new DamagedBatchError(`it has ${count} records`);
      records = await decompress(codec, records, BATCH_BYTES_MAX);
      budget.leftBytes -= records.length + count * RECORD_OVERHEAD_BYTES;
    }
    // Records that wait must keep neither the batches of other partitions with them, nor the 16 KiB
    // into which Node decompresses a small batch.
    const isPart = codec === 'none' || records.buffer.byteLength > 2 * records.length;
    if (isPart) records = exactCopy(records);
    const decoded = findRecords(records, count, context);
    const lastOffset = decoded.at(-1)?.offset ?? -1;
    return lastOffset < context.lastOffset ? [...decoded, gapBefore(context)] : decoded;
  } catch (error) {
    const name = codec === 'none' ? '' : `${codec}: `;
    return [undecodable(context, `${name}${messageOf(error)}`)];
  }
}

/**
 * Compaction takes the last records of a batch away and leaves its end. A control record there
 * moves the reader's position past the gap, and reaches no handler.
 */
function gapBefore(context: BatchContext): PackedRecord {
  return { ...emptyRecord(context), isControlRecord: true };
}

/** Stands for all records of the batch, at the offset of the last of them. */
function undecodable(context: BatchContext, reason: string): PackedRecord {
  const { baseOffset: firstOffset, lastOffset, isControlBatch } = context;
  const batch = { firstOffset, lastOffset, reason };
  return { ...emptyRecord(context), isControlRecord: isControlBatch, undecodable: batch };
}

function emptyRecord(batchContext: BatchContext) {
  const { lastOffset: offset } = batchContext;
  return { offset, key: null, batchContext, batch: NO_BYTES, start: 0, end: 0 };
}

/** A copy in memory of its own: `Buffer.from` would keep 64 KiB that small buffers share. */
function exactCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
