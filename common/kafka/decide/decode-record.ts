import { invariant } from '../../errors.ts';

/** What the records of one batch have in common, as kafkajs decodes it. */
export interface BatchContext {
  readonly firstOffset: string;
  /** ms since 1970, as a decimal. */
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  /** 1: the broker's time, which is the batch's `maxTimestamp`, counts for every record. */
  readonly timestampType: number;
  readonly isControlBatch: boolean;
}

/** A record as it comes out of its batch; where it lies is for its reader to say. */
export interface DecodedRecord {
  topic: string;
  partition: number;
  readonly offset: number;
  /** A marker's, of a transaction, is bytes. */
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly timestampMs: number;
  isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

const LOG_APPEND_TIME = 1;
const NULL_LENGTH = -1;

/**
 * Reads one record of a batch (format 2). What waits for its delivery outlives many collections of
 * garbage, so it is made of as little as it can be: kafkajs has a buffer for each key and header.
 *
 * @param bytes of the record, its length left out; the value is copied, because they are a slice of
 *              the whole response, and one record that waits would keep megabytes alive
 * @see https://kafka.apache.org/documentation/#record
 */
export function decodeRecord(bytes: Buffer, batchContext: BatchContext): DecodedRecord {
  const { firstOffset, firstTimestamp, maxTimestamp, timestampType, isControlBatch } = batchContext;
  const reader = new RecordReader(bytes);
  // Attributes, of which none is in use.
  reader.int8();
  const timestampDelta = reader.varint();
  const offset = Number(firstOffset) + reader.varint();
  invariant(Number.isSafeInteger(offset), `offset ${firstOffset} is beyond 2^53`);
  const isBrokersTime = timestampType === LOG_APPEND_TIME;
  return {
    topic: '',
    partition: -1,
    offset,
    key: isControlBatch ? reader.bytes() : reader.text(),
    value: reader.bytes(),
    headers: readHeaders(reader),
    timestampMs:
      Number(isBrokersTime ? maxTimestamp : firstTimestamp) + (isBrokersTime ? 0 : timestampDelta),
    isControlRecord: isControlBatch,
    batchContext,
  };
}

/** Of a name that comes twice the first value counts; one without a value is absent. */
function readHeaders(reader: RecordReader): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = String(reader.text());
    const value = reader.text();
    // A stranger may call a header `constructor`.
    if (value !== null && !Object.hasOwn(headers, name)) headers[name] = value;
  }
  return headers;
}

class RecordReader {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  int8(): number {
    return ((this.buffer[this.at++] as number) << 24) >> 24;
  }

  /** A zigzag number of seven bits a byte, lowest first; exact up to 2^53. */
  varint(): number {
    const first = this.buffer[this.at++] as number;
    let value = first & 0x7f;
    if (first >= 0x80) {
      let byte: number;
      let factor = 0x80;
      do {
        byte = this.buffer[this.at++] as number;
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
    this.at += length;
    // Of a damaged record no more than there is: the rest would be foreign memory.
    const end = Math.max(start, Math.min(this.at, this.buffer.length));
    const copy = Buffer.allocUnsafe(end - start);
    this.buffer.copy(copy, 0, start, end);
    return copy;
  }

  text(): string | null {
    const length = this.varint();
    if (length === NULL_LENGTH) return null;
    const start = this.at;
    this.at += length;
    return this.buffer.toString('utf8', start, this.at);
  }
}
