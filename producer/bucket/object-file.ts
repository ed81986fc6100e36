import type { Readable } from 'node:stream';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { ObjectPlace } from '../file/announcement.ts';
import type { StoredFile } from '../file/file-store.ts';
import { refusalOf } from './refusal.ts';
import type { S3 } from './s3.ts';

/** Each is read whole into memory, and the next one meanwhile: no connection waits for rows. */
const PIECE_BYTES = 2 * 1024 ** 2;
const NONE: Buffer = Buffer.alloc(0);

interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * An object, read piece by piece. Each request is pinned to the ETag, so that all bytes are of the
 * content that was announced, although the object may be replaced at any time.
 */
export class ObjectFile implements StoredFile {
  readonly bytes: number;
  private readonly s3: S3;
  private readonly place: ObjectPlace;
  private readonly closing = new AbortController();
  private piece: Piece | null = null;
  private next: { readonly start: number; readonly loading: Promise<Piece> } | null = null;

  constructor(s3: S3, place: ObjectPlace, bytes: number) {
    this.s3 = s3;
    this.place = place;
    this.bytes = bytes;
  }

  async read(target: Buffer, position: number): Promise<number> {
    let filled = 0;
    while (filled < target.length && position + filled < this.bytes) {
      const at = position + filled;
      const { start, bytes } = await this.pieceAt(at);
      // A disk lets others have their turn: transactions under way and the next piece need it, too.
      await yieldTurn();
      filled += bytes.copy(target, filled, at - start);
    }
    return filled;
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private async pieceAt(position: number): Promise<Piece> {
    const held = this.piece;
    if (held && position >= held.start && position < held.start + held.bytes.length) return held;
    const loading = this.next?.start === position ? this.next.loading : this.load(position);
    this.piece = this.next = null;
    const piece = (this.piece = await loading);
    const start = piece.start + piece.bytes.length;
    if (start < this.bytes) {
      // Two buffers serve the whole object: what was read before makes room for what comes next.
      this.next = { start, loading: this.load(start, held?.bytes) };
      // It fails the read that needs it, if there is one.
      this.next.loading.catch(() => {});
    }
    return piece;
  }

  /** @throws UnfitFileError the object is gone, is another one, or is refused */
  private async load(start: number, spare = NONE): Promise<Piece> {
    const { s3, place, closing } = this;
    const length = Math.min(PIECE_BYTES, this.bytes - start);
    const Range = `bytes=${start}-${start + length - 1}`;
    const input = { Bucket: place.bucket, Key: place.key, IfMatch: place.etag, Range };
    try {
      const request = new s3.sdk.GetObjectCommand(input);
      const { Body } = await s3.client.send(request, { abortSignal: closing.signal });
      const isRoom = spare.length >= length;
      const bytes = isRoom ? spare.subarray(0, length) : Buffer.allocUnsafeSlow(length);
      let filled = 0;
      for await (const chunk of Body as Readable) {
        filled += (chunk as Buffer).copy(bytes, filled);
      }
      if (filled === length) return { start, bytes };
      throw new Error(`${Range} of ${place.key} came with ${filled} bytes only`);
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  }
}
