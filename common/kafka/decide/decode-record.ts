/** What the records of one batch have in common, as kafkajs decodes it. */
export interface BatchContext {
  readonly firstOffset: string;
  /** ms since 1970, as a decimal. */
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  /** 1: the broker's time, which is the batch's `maxTimestamp`, counts for every record. */
  readonly timestampType: number;
  readonly isControlBatch: boolean;
  readonly magicByte: number;
}

type HeaderValue = Buffer | null;

const LOG_APPEND_TIME = 1;
const NULL_LENGTH = -1;

/**
 * Reads one record of a batch (format 2), as kafkajs hands it to its consumer.
 *
 * @param bytes of the record, its length left out; keys and values are slices of it
 * @see https://kafka.apache.org/documentation/#record
 */
export function decodeRecord(bytes: Buffer, batchContext: BatchContext) {
  const { firstOffset, firstTimestamp, maxTimestamp, timestampType } = batchContext;
  const reader = new RecordReader(bytes);
  const attributes = reader.int8();
  const timestampDelta = reader.varint();
  const offsetDelta = reader.varint();
  const isBrokersTime = timestampType === LOG_APPEND_TIME;
  return {
    magicByte: batchContext.magicByte,
    attributes,
    timestamp: isBrokersTime ? maxTimestamp : String(Number(firstTimestamp) + timestampDelta),
    offset: String(Number(firstOffset) + offsetDelta),
    key: reader.bytes(),
    value: reader.bytes(),
    headers: readHeaders(reader),
    isControlRecord: batchContext.isControlBatch,
    batchContext,
  };
}

/** A name that comes twice has its values in a list. */
function readHeaders(reader: RecordReader): Record<string, HeaderValue | HeaderValue[]> {
  // A stranger may call a header `constructor` or `__proto__`.
  const headers = Object.create(null) as Record<string, HeaderValue | HeaderValue[]>;
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = String(reader.text());
    const value = reader.bytes();
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
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
    return this.buffer.subarray(start, this.at);
  }

  text(): string | null {
    const length = this.varint();
    if (length === NULL_LENGTH) return null;
    const start = this.at;
    this.at += length;
    return this.buffer.toString('utf8', start, this.at);
  }
}
