import type { UndecodableBatch } from '../log-record.ts';

/** Fields that the records of one batch have in common. */
export interface BatchContext {
  /** Offset of the first record of the batch as it was written. */
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** ms since 1970. */
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** True: the broker's time, which is `maxTimestampMs`, counts for every record. */
  readonly isLogAppendTime: boolean;
  readonly isControlBatch: boolean;
  readonly inTransaction: boolean;
  /** 64 bits, as a decimal. */
  readonly producerId: string;
}

/** A record as it comes out of its batch; its reader adds where it lies. */
export interface DecodedRecord {
  topic: string;
  partition: number;
  readonly offset: number;
  /** The key of a transaction marker is bytes. */
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly timestampMs: number;
  isControlRecord: boolean;
  readonly batchContext: BatchContext;
  /** Present: this is no record, and stands for all records of a batch that cannot be read. */
  readonly undecodable?: UndecodableBatch;
}

/** The bytes of a batch are not what its format asks for. */
export class DamagedBatchError extends Error {
  override readonly name = 'DamagedBatchError';
}

const NULL_LENGTH = -1;

/**
 * Reads the records of one batch (format 2). What waits for its delivery outlives many garbage
 * collections, so a record consists of as few objects as possible.
 *
 * @param bytes the records, decompressed; values are copied, because they are a slice of the whole
 *              response, and one record that waits would keep megabytes alive
 * @param count how many records the batch's head names
 * @throws DamagedBatchError
 * @see https://kafka.apache.org/documentation/#record
 */
export function decodeRecords(
  bytes: Buffer,
  count: number,
  batchContext: BatchContext,
): DecodedRecord[] {
  const reader = new RecordReader(bytes);
  const records: DecodedRecord[] = [];
  if (!Number.isSafeInteger(batchContext.lastOffset)) {
    throw new DamagedBatchError(`offset ${batchContext.lastOffset} is beyond 2^53`);
  }
  let lastOffset = batchContext.baseOffset - 1;
  while (records.length < count) {
    const record = decodeRecord(reader, batchContext);
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

function decodeRecord(reader: RecordReader, batchContext: BatchContext): DecodedRecord {
  const { baseOffset, baseTimestampMs, maxTimestampMs, isControlBatch } = batchContext;
  const end = reader.endOfRecord();
  // The attributes byte has no meaning yet.
  reader.skipByte();
  const timestampDelta = reader.varint();
  const offset = baseOffset + reader.varint();
  const record: DecodedRecord = {
    topic: '',
    partition: -1,
    offset,
    key: isControlBatch ? reader.bytes() : reader.text(),
    value: reader.bytes(),
    headers: readHeaders(reader),
    timestampMs: batchContext.isLogAppendTime ? maxTimestampMs : baseTimestampMs + timestampDelta,
    isControlRecord: isControlBatch,
    batchContext,
  };
  if (!reader.isAt(end)) throw new DamagedBatchError(`record ${offset} has another length`);
  return record;
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
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  get isAtEnd(): boolean {
    return this.at === this.buffer.length;
  }

  isAt(position: number): boolean {
    return this.at === position;
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
