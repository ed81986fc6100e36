import { crc32c } from '@node-rs/crc32';
import { CODECS } from './codecs.ts';
import type { Codec } from './codecs.ts';
import type { BatchContext } from '../log-record.ts';

/** A batch as it lies in a fetch response; its records are not read yet. */
export interface BatchHead {
  readonly context: BatchContext;
  readonly recordCount: number;
  readonly codec: Codec;
  /** The records, compressed unless the codec is `none`. */
  readonly payload: Buffer;
  /** Position of the next batch; null: the length of this batch cannot be trusted. */
  readonly end: number | null;
  /** Why the records cannot be read, or null. */
  readonly fault: string | null;
}

/** Positions of the fields of a batch, format 2. */
const LENGTH_AT = 8;
const EPOCH_AT = 12;
const FORMAT_AT = 16;
const CHECKSUM_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_AT = 43;
const COUNT_AT = 57;
const HEAD_BYTES = 61;

export const BATCH_FORMAT = 2;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Reads the head of a batch (format 2) and verifies its checksum.
 *
 * @returns null when the batch is not there as a whole: a fetch response may end anywhere
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function readBatchHead(response: Buffer, at: number): BatchHead | null {
  if (response.length - at < HEAD_BYTES) return null;
  const length = response.readInt32BE(at + LENGTH_AT);
  const end = at + EPOCH_AT + length;
  const format = response.readInt8(at + FORMAT_AT);
  const isSized = length >= HEAD_BYTES - EPOCH_AT;
  if (isSized && end > response.length) return null;
  const batch = response.subarray(at, isSized ? end : at + HEAD_BYTES);
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const codec = CODECS[attributes & CODEC_MASK];
  let fault: string | null = null;
  if (!isSized || format !== BATCH_FORMAT) fault = `its head is damaged (format ${format})`;
  else if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CHECKSUM_AT)) {
    fault = 'its checksum is wrong: bytes have changed on the disk or on the way';
  } else if (!codec) fault = `compression codec ${attributes & CODEC_MASK} is unknown`;
  const recordCount = batch.readInt32BE(COUNT_AT);
  return {
    context: contextOf(batch, fault !== null && recordCount),
    recordCount,
    codec: codec ?? 'none',
    payload: batch.subarray(HEAD_BYTES),
    end: isSized && format === BATCH_FORMAT ? end : null,
    fault,
  };
}

/** @param doubtfulCount of a batch that may be damaged: how many records it names */
function contextOf(batch: Buffer, doubtfulCount: number | false): BatchContext {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const baseOffset = Number(batch.readBigInt64BE(0));
  const lastDelta = batch.readInt32BE(LAST_DELTA_AT);
  // A damaged end must not make the reader skip whole batches: two fields have to agree.
  const isPlausible = doubtfulCount === false || doubtfulCount === lastDelta + 1;
  return {
    baseOffset,
    lastOffset: baseOffset + (isPlausible ? Math.max(0, lastDelta) : 0),
    baseTimestampMs: Number(batch.readBigInt64BE(BASE_TIMESTAMP_AT)),
    maxTimestampMs: Number(batch.readBigInt64BE(MAX_TIMESTAMP_AT)),
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    producerId: String(batch.readBigInt64BE(PRODUCER_AT)),
  };
}
