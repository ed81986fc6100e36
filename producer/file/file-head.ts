import { bufferBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import type { RowFormat } from './row-format.ts';
import type { Place } from './record-block.ts';
import type { NewParser } from './record-parser.ts';

/** Format of the file: how its rows are found and read. */
export interface Understood {
  readonly rows: RowFormat;
  readonly newParser: NewParser;
  /** Position of the first data row. */
  readonly firstRow: Place;
}

/** The beginning of a file's text. */
export interface Head {
  readonly bytes: Buffer;
  /** How many of them are a byte order mark. */
  readonly bomBytes: number;
  /** Whether the file has no more bytes than these. */
  readonly isWhole: boolean;
}

export const HEAD_BYTES_MAX = 64 * 1024;
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Reads the beginning of a file, to understand it. */
export async function readHead(source: ByteSource): Promise<Head> {
  // One byte more than needed is read, to see whether the file goes on.
  const buffer = Buffer.alloc(bufferBytes(source, 0, HEAD_BYTES_MAX + 1));
  let length = 0;
  while (length < buffer.length) {
    const bytesRead = await source.read(buffer.subarray(length), length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const bytes = buffer.subarray(0, Math.min(length, HEAD_BYTES_MAX));
  const bomBytes = bytes.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0;
  return { bytes, bomBytes, isWhole: length < buffer.length };
}
