import { invariant } from '../../base/errors.ts';

export type Bytes = Buffer | string | null;

const NULL_LENGTH = -1;

export function lengthOf(bytes: Bytes): number {
  if (bytes === null) return NULL_LENGTH;
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
}

/** Bytes after a length that takes one to five. */
export function sizeWithLength(bytes: Bytes): number {
  const length = lengthOf(bytes);
  return sizeOfVarint(length) + Math.max(0, length);
}

/** @param value 32 bits, signed */
export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest >>>= 7) size += 1;
  return size;
}

/** Even numbers are zero or above, odd ones below. */
function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Fills a buffer of a size that is known, in the types of Kafka's protocol. */
export class ByteWriter {
  readonly buffer: Buffer;
  at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  /** @throws InvariantError a byte is not written, and holds whatever was in memory there */
  whole(): Buffer {
    invariant(this.at === this.buffer.length, 'what is sent has the size that was counted');
    return this.buffer;
  }

  int8(value: number): this {
    this.at = this.buffer.writeInt8(value, this.at);
    return this;
  }

  int16(value: number): this {
    this.at = this.buffer.writeInt16BE(value, this.at);
    return this;
  }

  int32(value: number): this {
    this.at = this.buffer.writeInt32BE(value, this.at);
    return this;
  }

  int64(value: bigint): this {
    this.at = this.buffer.writeBigInt64BE(value, this.at);
    return this;
  }

  /** 32 bits, seven in a byte, lowest first. */
  varint(value: number): this {
    let rest = zigzag(value);
    for (; rest >= 0x80; rest >>>= 7) this.buffer[this.at++] = (rest & 0x7f) | 0x80;
    this.buffer[this.at++] = rest;
    return this;
  }

  /** Writes a text, with its length in two bytes before it. */
  string(text: string | null): this {
    return this.int16(lengthOf(text)).raw(text);
  }

  /** Writes bytes, with their length in one to five bytes before them. */
  bytes(bytes: Bytes): this {
    return this.varint(lengthOf(bytes)).raw(bytes);
  }

  raw(bytes: Bytes): this {
    if (typeof bytes === 'string') this.at += this.buffer.write(bytes, this.at);
    else if (bytes !== null) this.at += bytes.copy(this.buffer, this.at);
    return this;
  }
}
