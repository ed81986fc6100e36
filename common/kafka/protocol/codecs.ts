/** Kafka's compression codecs by their number in a batch's attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** Compressed bytes do not have the structure that their format asks for. */
export class CompressedFormatError extends Error {
  override readonly name = 'CompressedFormatError';
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_CHECKSUM = 0x10;
const LZ4_CONTENT_CHECKSUM = 0x04;
const LZ4_CONTENT_SIZE = 0x08;
const LZ4_DICTIONARY = 0x01;
const LZ4_UNCOMPRESSED = 0x80000000;
/** Largest number of bytes that one byte of an LZ4 block can stand for. */
const LZ4_RATIO_MAX = 255;

/**
 * The most that an LZ4 frame can become, and where it ends. The decoder that we use has no limit
 * of its own, so the sizes of the blocks are added up before anything is decompressed.
 *
 * @throws CompressedFormatError
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function lz4Extent(frame: Buffer): { readonly sizeMax: number; readonly end: number } {
  if (frame.length < 7 || frame.readUInt32LE(0) !== LZ4_MAGIC) {
    throw new CompressedFormatError('this is no LZ4 frame');
  }
  const flags = frame[4] as number;
  // 64 KiB for 4, and four times as much for each step up to 7.
  const blockMax = 4 ** (((frame[5] as number) >> 4) & 7) * 256;
  const checksum = flags & LZ4_BLOCK_CHECKSUM ? 4 : 0;
  let at = 7 + (flags & LZ4_CONTENT_SIZE ? 8 : 0) + (flags & LZ4_DICTIONARY ? 4 : 0);
  let sizeMax = 0;
  while (at + 4 <= frame.length) {
    const word = frame.readUInt32LE(at);
    if (word === 0) return { sizeMax, end: at + 4 + (flags & LZ4_CONTENT_CHECKSUM ? 4 : 0) };
    const size = word & ~LZ4_UNCOMPRESSED;
    sizeMax += Math.min(blockMax, word >= LZ4_UNCOMPRESSED ? size : size * LZ4_RATIO_MAX);
    at += 4 + size + checksum;
  }
  return { sizeMax, end: frame.length };
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic and two versions. */
const XERIAL_HEAD_BYTES = 16;

/**
 * The raw Snappy blocks in what a producer wrote. The Java client frames them as the library
 * snappy-java does (xerial), librdkafka writes one block without a frame.
 *
 * @throws CompressedFormatError
 */
export function snappyBlocks(bytes: Buffer): Buffer[] {
  const isFramed = bytes.length >= XERIAL_HEAD_BYTES && bytes.subarray(0, 8).equals(XERIAL_MAGIC);
  if (!isFramed) return [bytes];
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEAD_BYTES; at < bytes.length;) {
    const size = at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1;
    if (size < 0 || at + 4 + size > bytes.length) {
      throw new CompressedFormatError('a Snappy block is cut off');
    }
    blocks.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return blocks;
}

/**
 * The size that a raw Snappy block says it has when it is decompressed.
 *
 * @throws CompressedFormatError
 */
export function snappySize(block: Buffer): number {
  let size = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size;
  }
  throw new CompressedFormatError('a Snappy block has no size');
}
