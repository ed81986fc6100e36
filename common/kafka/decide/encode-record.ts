type Bytes = Buffer | string | null;

/** A record as kafkajs hands it to its encoder. */
export interface RecordToEncode {
  readonly offsetDelta?: number;
  /** ms. */
  readonly timestampDelta?: number;
  readonly key?: Bytes;
  readonly value: Bytes;
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[]>>;
}

const NULL_LENGTH = -1;

/**
 * One record of a batch (format 2), with its length.
 *
 * @see https://kafka.apache.org/documentation/#record
 */
export function encodeRecord(record: RecordToEncode): Buffer {
  const { offsetDelta = 0, timestampDelta = 0, key = null, value, headers = {} } = record;
  const parts: Bytes[] = [];
  for (const name in headers) {
    const given = headers[name] as Bytes | readonly Bytes[];
    if (Array.isArray(given)) for (const one of given as readonly Bytes[]) parts.push(name, one);
    else parts.push(name, given as Bytes);
  }
  let size = 1 + sizeOfVarint(timestampDelta) + sizeOfVarint(offsetDelta);
  size += sizeOf(key) + sizeOf(value) + sizeOfVarint(parts.length / 2);
  for (const part of parts) size += sizeOf(part);
  const writer = new RecordWriter(sizeOfVarint(size) + size);
  writer.varint(size);
  // No attribute is in use.
  writer.byte(0);
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  writer.bytes(key);
  writer.bytes(value);
  writer.varint(parts.length / 2);
  for (const part of parts) writer.bytes(part);
  return writer.buffer;
}

function lengthOf(bytes: Bytes): number {
  if (bytes === null) return NULL_LENGTH;
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}

function sizeOf(bytes: Bytes): number {
  const length = lengthOf(bytes);
  return sizeOfVarint(length) + Math.max(0, length);
}

/** Even numbers are zero or above, odd ones below; exact up to 2^52. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

class RecordWriter {
  readonly buffer: Buffer;
  private at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  byte(value: number): void {
    this.buffer[this.at] = value;
    this.at += 1;
  }

  /** Seven bits a byte, lowest first. */
  varint(value: number): void {
    let rest = zigzag(value);
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  bytes(bytes: Bytes): void {
    this.varint(lengthOf(bytes));
    if (bytes === null) return;
    if (typeof bytes === 'string') this.at += this.buffer.write(bytes, this.at);
    else this.at += bytes.copy(this.buffer, this.at);
  }
}
