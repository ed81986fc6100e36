import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';
import { lz4SizeMax, snappyBlocks, snappySize } from './decide/codecs.ts';
import type { Codec } from './decide/codecs.ts';
import { assertNever } from '../errors.ts';

const decompressGzip = promisify(gunzip);
const decompressZstd = promisify(zstdDecompress);

/** A batch would become larger than we accept. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/**
 * Decompresses the records of a batch. gzip and zstd come with Node. LZ4 and Snappy come from the
 * packages `lz4-napi` and `snappy`: both are maintained, and bring their binaries with them.
 *
 * @throws TooLargeError  more than `bytesMax` would come out; no more than that is ever allocated
 * @throws Error          the bytes are damaged
 */
export async function decompress(codec: Codec, bytes: Buffer, bytesMax: number): Promise<Buffer> {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return decompressGzip(bytes, { maxOutputLength: bytesMax }).catch(orTooLarge(bytesMax));
    case 'zstd':
      return decompressZstd(bytes, { maxOutputLength: bytesMax }).catch(orTooLarge(bytesMax));
    case 'lz4':
      if (lz4SizeMax(bytes) > bytesMax) throw tooLarge(bytesMax);
      return decompressFrameSync(bytes);
    case 'snappy':
      return decompressSnappy(bytes, bytesMax);
    default:
      return assertNever(codec);
  }
}

function decompressSnappy(bytes: Buffer, bytesMax: number): Buffer {
  const blocks = snappyBlocks(bytes);
  const size = blocks.reduce((sum, block) => sum + snappySize(block), 0);
  if (size > bytesMax) throw tooLarge(bytesMax);
  const parts = blocks.map((block) => uncompressSync(block, { asBuffer: true }) as Buffer);
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

function orTooLarge(bytesMax: number) {
  return (error: unknown): never => {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge(bytesMax) : error;
  };
}

function tooLarge(bytesMax: number): TooLargeError {
  return new TooLargeError(`it would become larger than ${bytesMax} bytes`);
}
