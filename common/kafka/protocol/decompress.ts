import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import type { ZstdDecompress } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';
import { CompressedFormatError, lz4Extent, snappyBlocks, snappySize } from './codecs.ts';
import type { Codec } from './codecs.ts';
import { assertNever } from '../../base/errors.ts';

const decompressGzip = promisify(gunzip);
/**
 * With `info` the result comes together with the decoder, which knows how many bytes it has read.
 */
const decompressFrame = promisify(zstdDecompress) as unknown as (
  bytes: Buffer,
  options: { readonly maxOutputLength: number; readonly info: true },
) => Promise<{ readonly buffer: Buffer; readonly engine: ZstdDecompress }>;

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
      return decompressZstd(bytes, bytesMax).catch(orTooLarge(bytesMax));
    case 'lz4': {
      const { sizeMax, end } = lz4Extent(bytes);
      if (sizeMax > bytesMax) throw tooLarge(bytesMax);
      // The decoder would pass over it in silence.
      if (end < bytes.length) throw new CompressedFormatError('more follows the LZ4 frame');
      return decompressFrameSync(bytes);
    }
    case 'snappy':
      return decompressSnappy(bytes, bytesMax);
    default:
      return assertNever(codec);
  }
}

/** Node 24 decompresses the first frame and passes over all others in silence. */
async function decompressZstd(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let leftBytes = bytesMax;
  for (let at = 0; at < bytes.length;) {
    // Zero is no limit that Node takes; a frame without content may follow the largest batch.
    const options = { maxOutputLength: Math.max(1, leftBytes), info: true } as const;
    const { buffer, engine } = await decompressFrame(bytes.subarray(at), options);
    leftBytes -= buffer.length;
    if (leftBytes < 0) throw tooLarge(bytesMax);
    if (engine.bytesWritten === 0) throw new CompressedFormatError('more follows the zstd frames');
    parts.push(buffer);
    at += engine.bytesWritten;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
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
