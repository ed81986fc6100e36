import type { Place } from './record-block.ts';

/** The text of a file, read from rising places; what is compressed looks like what is not. */
export interface ByteSource {
  /** How the text is wrapped in the file; null: the file is the text. */
  readonly compression: 'gzip' | 'zstd' | 'parquet' | null;
  /** Size of the file as it lies on the disk. */
  readonly fileBytes: number;
  /**
   * Fills a buffer from its start.
   *
   * @param position of the text's first byte wanted; going back in a compressed file costs
   *                 decompressing it from its start
   * @returns how many bytes came: 0 only at the end of the text
   */
  read(target: Buffer, position: number): Promise<number>;
  /** Makes ready to read from a place on, where that spares reading what comes before. */
  begin?(place: Place): void;
  close(): Promise<void>;
}

const BUFFER_BYTES_MIN = 1_024;

/**
 * Chooses the size of the buffer for the rest of a text behind a position. Small files come by the
 * thousand, and a large buffer for each would cost more than its rows.
 */
export function bufferBytes(
  { compression, fileBytes }: Pick<ByteSource, 'compression' | 'fileBytes'>,
  position: number,
  bytesMax: number,
): number {
  if (compression) return bytesMax;
  return Math.min(bytesMax, Math.max(BUFFER_BYTES_MIN, fileBytes - position + 1));
}
