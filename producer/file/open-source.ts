import { compressionOf } from './content-kind.ts';
import { DecompressedSource } from './decompressed-source.ts';
import type { ByteSource } from './byte-source.ts';
import type { StoredFile } from './file-store.ts';

/** The longest magic that tells compression. */
const MAGIC_BYTES = 4;

/** A plain file up to this size is read as a whole when it is opened. */
const SMALL_BYTES_MAX = 16 * 1024;

/** Opens the text of a file, which it closes when that fails. @throws what its reading throws */
export async function openSource(stored: StoredFile): Promise<ByteSource> {
  try {
    const { bytes: size } = stored;
    const isSmall = size <= SMALL_BYTES_MAX;
    // One byte more than the file has is read, to see whether it grows.
    const head = Buffer.alloc(isSmall ? Math.max(MAGIC_BYTES, size + 1) : MAGIC_BYTES);
    const bytesRead = await stored.read(head, 0);
    const compression = compressionOf(head.subarray(0, Math.min(MAGIC_BYTES, bytesRead)));
    if (compression) return new DecompressedSource(stored, compression);
    if (!isSmall || bytesRead !== size) return new PlainSource(stored);
    await stored.close();
    return new SmallSource(head.subarray(0, size));
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** A small source in memory, as it is read three times: for its header, its digest and its rows. */
class SmallSource implements ByteSource {
  readonly compression = null;
  readonly fileBytes: number;
  private readonly text: Buffer;

  constructor(text: Buffer) {
    this.text = text;
    this.fileBytes = text.length;
  }

  read(target: Buffer, position: number): Promise<number> {
    const isWithin = position >= 0 && position < this.text.length;
    return Promise.resolve(isWithin ? this.text.copy(target, 0, position) : 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class PlainSource implements ByteSource {
  readonly compression = null;
  readonly fileBytes: number;
  private readonly stored: StoredFile;

  constructor(stored: StoredFile) {
    this.stored = stored;
    this.fileBytes = stored.bytes;
  }

  read(target: Buffer, position: number): Promise<number> {
    return this.stored.read(target, position);
  }

  close(): Promise<void> {
    return this.stored.close();
  }
}
