import { pipeline } from 'node:stream';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf } from '../../common/base/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { compressionOf } from './content-kind.ts';
import type { Compression } from './content-kind.ts';
import type { StoredFile } from './file-store.ts';
import { UnfitFileError } from './unfit-file.ts';

/** A compressed file is cut short or damaged. */
export class BrokenArchiveError extends UnfitFileError {
  constructor(message: string) {
    super('archive_broken', message);
  }
}

const MAGIC_BYTES = 4;
const CHUNK_BYTES = 64 * 1024;

/**
 * The text of a gzip or zstd file, decompressed as it is read. Neither format can be entered in
 * its middle, so a place that lies behind is reached from the start again, and one that lies
 * ahead by passing over what comes before.
 */
export class DecompressedSource implements ByteSource {
  readonly compression: Compression;
  readonly fileBytes: number;
  private readonly stored: StoredFile;
  private chunks: AsyncGenerator<Buffer, void> | null = null;
  private chunk: Buffer = Buffer.alloc(0);
  /** Place in the text at which `chunk` begins. */
  private chunkStart = 0;

  constructor(stored: StoredFile, compression: Compression) {
    this.stored = stored;
    this.fileBytes = stored.bytes;
    this.compression = compression;
  }

  /** @throws BrokenArchiveError */
  async read(target: Buffer, position: number): Promise<number> {
    if (position < this.chunkStart) await this.restart();
    this.chunks ??= this.decompress();
    while (position >= this.chunkStart + this.chunk.length) {
      const { value } = await this.chunks.next();
      if (!value) return 0;
      this.chunkStart += this.chunk.length;
      this.chunk = value;
    }
    return this.chunk.copy(target, 0, position - this.chunkStart);
  }

  async close(): Promise<void> {
    await this.restart();
    await this.stored.close();
  }

  private async restart(): Promise<void> {
    await this.chunks?.return();
    this.chunks = null;
    this.chunk = Buffer.alloc(0);
    this.chunkStart = 0;
  }

  /**
   * A file may be several gzip members or zstd frames one behind the other. Node's zstd stream
   * ends after the first and passes over the others in silence, so each is decompressed by
   * itself (Node's gunzip does it for members that follow one another at once).
   */
  private async *decompress(): AsyncGenerator<Buffer, void> {
    for (let start = 0; start < this.fileBytes;) {
      const kind = await this.kindAt(start);
      if (kind === 'padding') return;
      const decoder = kind === 'gzip' ? createGunzip() : createZstdDecompress();
      yield* this.decode(decoder, start);
      start += decoder.bytesWritten;
    }
  }

  private async *decode(decoder: Gunzip | ZstdDecompress, start: number): AsyncGenerator<Buffer> {
    // The decoder hands an error of its own or of the input to its reader.
    pipeline(this.bytesFrom(start), decoder, () => {});
    try {
      for await (const chunk of decoder) yield chunk as Buffer;
    } catch (error) {
      throw asBroken(error);
    } finally {
      decoder.destroy();
    }
  }

  private async *bytesFrom(start: number): AsyncGenerator<Buffer, void> {
    for (let at = start; ;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const bytesRead = await this.stored.read(chunk, at);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /**
   * Returns what begins at a place of the file: another member or frame, or zeros up to its end.
   */
  private async kindAt(start: number): Promise<Compression | 'padding'> {
    const head = Buffer.alloc(MAGIC_BYTES);
    const bytesRead = await this.stored.read(head, start);
    const kind = compressionOf(head.subarray(0, bytesRead));
    if (kind) return kind;
    if (await this.isZeroFrom(start)) return 'padding';
    const rest = this.fileBytes - start;
    throw new BrokenArchiveError(
      bytesRead < MAGIC_BYTES
        ? 'the compressed file is cut short; send it again, whole'
        : `${rest} bytes after the end of the compressed data are something else`,
    );
  }

  private async isZeroFrom(start: number): Promise<boolean> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = start; ;) {
      const bytesRead = await this.stored.read(chunk, at);
      if (bytesRead === 0) return true;
      if (chunk.subarray(0, bytesRead).some((byte) => byte !== 0)) return false;
      at += bytesRead;
    }
  }
}

function asBroken(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'Z_BUF_ERROR') {
    return new BrokenArchiveError('the compressed file is cut short; send it again, whole');
  }
  if (/^Z_|^ZSTD_/.test(code)) {
    return new BrokenArchiveError(`the compressed file is damaged: ${messageOf(error)}`);
  }
  return error;
}
