import { isUtf8 } from 'node:buffer';
import type { BatchContext, LogRecord, PackedRecord } from '../log-record.ts';

/** The bytes of a batch are not what its format asks for. */
export class DamagedBatchError extends Error {
  override readonly name = 'DamagedBatchError';
}

const NULL_LENGTH = -1;

/**
 * Finds the records of one batch (format 2) and verifies that each of them can be read.
 *
 * @param batch the records, decompressed; they keep it in memory
 * @param count how many records the batch's head names
 * @throws DamagedBatchError
 * @see https://kafka.apache.org/documentation/#record
 */
export function findRecords(
  batch: Buffer,
  count: number,
  batchContext: BatchContext,
): PackedRecord[] {
  const reader = new RecordReader(batch);
  const records: PackedRecord[] = [];
  if (!Number.isSafeInteger(batchContext.lastOffset)) {
    throw new DamagedBatchError(`offset ${batchContext.lastOffset} is beyond 2^53`);
  }
  let lastOffset = batchContext.baseOffset - 1;
  while (records.length < count) {
    const record = findRecord(reader, batch, batchContext);
    // A wrong offset would move the position of the reader past records that it has not seen.
    if (record.offset <= lastOffset || record.offset > batchContext.lastOffset) {
      throw new DamagedBatchError(`the offset ${record.offset} does not follow ${lastOffset}`);
    }
    lastOffset = record.offset;
    records.push(record);
  }
  if (!reader.isAtEnd) throw new DamagedBatchError(`there is more than its ${count} records`);
  return records;
}

function findRecord(reader: RecordReader, batch: Buffer, batchContext: BatchContext): PackedRecord {
  const { baseOffset, isControlBatch } = batchContext;
  const end = reader.endOfRecord();
  const start = reader.position;
  reader.skipByte();
  reader.varint();
  const offset = baseOffset + reader.varint();
  let key: Buffer | null = null;
  if (isControlBatch) key = reader.bytes();
  else reader.skipBytes();
  reader.skipBytes();
  for (let left = reader.varint(); left > 0; left -= 1) {
    reader.skipBytes();
    reader.skipBytes();
  }
  if (reader.position !== end) throw new DamagedBatchError(`record ${offset} has another length`);
  return { offset, key, isControlRecord: isControlBatch, batchContext, batch, start, end };
}

/**
 * Makes a record of what `findRecords` has found.
 *
 * @returns with its value copied: what is tried again outlives its batch by far
 */
export function unpack(packed: PackedRecord, topic: string, partition: number): LogRecord {
  const { offset, batchContext, undecodable } = packed;
  const { baseTimestampMs, maxTimestampMs, isLogAppendTime } = batchContext;
  const place = { topic, partition, offset };
  if (undecodable) {
    const empty = { key: null, value: null, headers: {}, timestampMs: maxTimestampMs };
    return { ...place, ...empty, undecodable };
  }
  const reader = new RecordReader(packed.batch, packed.start);
  // The attributes byte has no meaning yet.
  reader.skipByte();
  const timestampDelta = reader.varint();
  reader.varint();
  return {
    ...place,
    key: reader.keyText(),
    value: reader.bytes(),
    headers: readHeaders(reader),
    timestampMs: isLogAppendTime ? maxTimestampMs : baseTimestampMs + timestampDelta,
  };
}

/** A name that comes twice has its first value; a header without a value counts as absent. */
function readHeaders(reader: RecordReader): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = String(reader.text());
    const value = reader.text();
    // Another program may call a header `constructor`.
    if (value !== null && !Object.hasOwn(headers, name)) headers[name] = value;
  }
  return headers;
}

/** Reads the types of Kafka's record format. Nothing is read beyond the end of the bytes. */
class RecordReader {
  private readonly buffer: Buffer;
  private at: number;

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at === this.buffer.length;
  }

  get position(): number {
    return this.at;
  }

  /** Reads a record's length. @returns where that record ends */
  endOfRecord(): number {
    const length = this.varint();
    return this.at + this.checked(length);
  }

  skipByte(): void {
    this.at += 1;
  }

  /** A zigzag number of seven bits a byte, lowest first; exact up to 2^53. */
  varint(): number {
    const first = this.byte();
    let value = first & 0x7f;
    if (first >= 0x80) {
      let byte: number;
      let factor = 0x80;
      do {
        byte = this.byte();
        value += (byte & 0x7f) * factor;
        factor *= 0x80;
      } while (byte >= 0x80);
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  skipBytes(): void {
    const length = this.varint();
    if (length !== NULL_LENGTH) this.at += this.checked(length);
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length === NULL_LENGTH) return null;
    const start = this.at;
    this.at += this.checked(length);
    const copy = Buffer.allocUnsafe(length);
    this.buffer.copy(copy, 0, start, this.at);
    return copy;
  }

  text(): string | null {
    const length = this.varint();
    if (length === NULL_LENGTH) return null;
    const start = this.at;
    this.at += this.checked(length);
    return this.buffer.toString('utf8', start, this.at);
  }

  /** A key that is no UTF-8 becomes hexadecimal digits: as text, several keys might be one. */
  keyText(): string | null {
    const start = this.at;
    const text = this.text();
    if (text === null || !text.includes('\uFFFD')) return text;
    this.at = start;
    const bytes = this.bytes() as Buffer;
    return isUtf8(bytes) ? text : `0x${bytes.toString('hex')}`;
  }

  private byte(): number {
    const byte = this.buffer[this.at];
    // Without this check a damaged count of headers would be read for hours.
    if (byte === undefined) throw new DamagedBatchError('its records end too early');
    this.at += 1;
    return byte;
  }

  private checked(length: number): number {
    if (length >= 0 && length <= this.buffer.length - this.at) return length;
    throw new DamagedBatchError(`a length of ${length} does not fit into the batch`);
  }
}
