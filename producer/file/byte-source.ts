import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { compressionOf } from './decide/content-kind.ts';
import { DecompressedSource } from './decompressed-source.ts';

/** The text of a file, read from rising places; what is compressed looks like what is not. */
export interface ByteSource {
  /** How the file is compressed, or null. */
  readonly compression: 'gzip' | 'zstd' | null;
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
  close(): Promise<void>;
}

/** The longest magic that tells compression. */
const MAGIC_BYTES = 4;

/** Opens a file for reading. @throws what the file system says */
export async function openSource(path: string | Buffer): Promise<ByteSource> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(MAGIC_BYTES);
    const { bytesRead } = await handle.read(head, 0, MAGIC_BYTES, 0);
    const compression = compressionOf(head.subarray(0, bytesRead));
    if (compression) return new DecompressedSource(handle, size, compression);
    return new PlainSource(handle, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class PlainSource implements ByteSource {
  readonly compression = null;
  readonly fileBytes: number;
  private readonly handle: FileHandle;

  constructor(handle: FileHandle, fileBytes: number) {
    this.handle = handle;
    this.fileBytes = fileBytes;
  }

  async read(target: Buffer, position: number): Promise<number> {
    return (await this.handle.read(target, 0, target.length, position)).bytesRead;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
