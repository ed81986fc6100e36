/** Finds where the body of an answer ends, and how much of it has come: RFC 9112, 6 and 7. */
export class BodyReader {
  /** The beginning, as much as was wanted. */
  bytes: Buffer | null = null;
  /** Whether the body came to its end in the usual form. */
  isClean = true;
  private framing: Framing = 'close';
  private left = 0;
  private total = 0;
  private keptMax = 0;
  private step: ChunkStep = 'size';
  /** The step after the next line feed. */
  private afterLine: ChunkStep = 'size';
  private digits = 0;
  /** Bytes of chunk sizes, extensions and trailers, which carry no content. */
  private overhead = 0;

  /** @param keptMax how much of the beginning is wanted */
  begin(framing: Framing, length: number, keptMax: number): void {
    this.bytes = null;
    this.isClean = true;
    this.framing = framing;
    this.left = length;
    this.total = 0;
    this.keptMax = keptMax;
    this.step = 'size';
    this.digits = 0;
    this.overhead = 0;
  }

  /**
   * Reads on; the bytes are only lent.
   *
   * @returns the index behind the body, or -1: more is to come
   */
  read(bytes: Buffer, from: number, end: number): number {
    if (this.framing === 'chunked') return this.readChunks(bytes, from, end);
    if (this.framing === 'length') {
      const to = Math.min(end, from + this.left);
      this.left -= to - from;
      this.keep(bytes, from, to);
      if (this.left === 0) return to;
    } else this.keep(bytes, from, end);
    return this.total > BODY_BYTES_MAX ? this.stop(end) : -1;
  }

  /** The connection was closed: whether that is the end of the body. */
  get endsHere(): boolean {
    return this.framing === 'close';
  }

  private readChunks(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end) {
      if (this.step === 'data') {
        const to = Math.min(end, at + this.left);
        this.left -= to - at;
        this.keep(bytes, at, to);
        if (this.total > BODY_BYTES_MAX) return this.stop(end);
        if (this.left === 0) this.step = 'data-end';
        at = to;
        continue;
      }
      const byte = bytes[at] as number;
      at += 1;
      this.overhead += 1;
      if (this.overhead > BODY_BYTES_MAX || !this.accept(byte)) return this.stop(end);
      if (this.step === 'end') return at;
    }
    return -1;
  }

  /** @returns false when no chunk is written so */
  private accept(byte: number): boolean {
    // A line may end with a bare line feed; then the connection is not used again.
    if (byte === CR && this.step !== 'line-feed') return this.carriageReturn();
    if (byte === LF) {
      if (this.step !== 'line-feed') {
        this.isClean = false;
        if (!this.carriageReturn()) return false;
      }
      this.step = this.afterLine;
      this.digits = 0;
      return true;
    }
    if (this.step === 'size') return this.sizeByte(byte);
    if (this.step === 'trailer') this.step = 'in-trailer';
    return this.step === 'extension' || this.step === 'in-trailer';
  }

  /** @returns false where no line may end */
  private carriageReturn(): boolean {
    switch (this.step) {
      case 'size':
      case 'extension':
        if (this.digits === 0) return false;
        this.afterLine = this.left === 0 ? 'trailer' : 'data';
        break;
      case 'data-end':
        this.afterLine = 'size';
        break;
      case 'trailer':
        this.afterLine = 'end';
        break;
      case 'in-trailer':
        this.afterLine = 'trailer';
        break;
      case 'line-feed':
      case 'data':
      case 'end':
        return false;
    }
    this.step = 'line-feed';
    return true;
  }

  private sizeByte(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit < 0) {
      this.step = 'extension';
      return this.digits > 0 && (byte === SEMICOLON || byte === SPACE || byte === TAB);
    }
    this.left = this.digits === 0 ? digit : this.left * 16 + digit;
    this.digits += 1;
    return this.digits <= SIZE_DIGITS_MAX;
  }

  private keep(bytes: Buffer, from: number, to: number): void {
    this.total += to - from;
    const had = this.bytes?.length ?? 0;
    const kept = Math.min(to - from, this.keptMax - had);
    if (kept <= 0) return;
    const part = bytes.subarray(from, from + kept);
    this.bytes = this.bytes ? Buffer.concat([this.bytes, part]) : Buffer.from(part);
  }

  private stop(end: number): number {
    this.isClean = false;
    return end;
  }
}

/** The body ends by Content-Length, by chunks, or at the close of the connection. */
export type Framing = 'length' | 'chunked' | 'close';

type ChunkStep =
  | 'size'
  | 'extension'
  | 'line-feed'
  | 'data'
  | 'data-end'
  /** Whether the reader is at the beginning of a line behind the last chunk. */
  | 'trailer'
  | 'in-trailer'
  | 'end';

/** A longer answer is cut off: its connection is closed instead of being read to the end. */
export const BODY_BYTES_MAX = 64 * 1_024;
/** A larger size would not be exact. */
const SIZE_DIGITS_MAX = 13;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const SEMICOLON = 59;

/** @returns -1 when it is none */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
