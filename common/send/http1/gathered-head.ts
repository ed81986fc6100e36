const LF = 10;
const CR = 13;

/** Gathers heads that do not come at once, and finds their ends however their lines end. */
export class GatheredHead {
  private buffer: Buffer = Buffer.alloc(0);
  /** Position at which the head begins, behind the heads that have been read. */
  private start = 0;
  private used = 0;
  private scanned = 0;
  private state: State = 'line';

  get isEmpty(): boolean {
    return this.used === this.start;
  }

  /** The bytes that have come and were not dropped; valid only until the next call. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.used);
  }

  clear(): void {
    this.buffer = Buffer.alloc(0);
    this.start = 0;
    this.used = 0;
    this.scanned = 0;
    this.state = 'line';
  }

  /** Leaves out so many of the bytes: a head begins behind them. Nothing is copied. */
  drop(count: number): void {
    this.start += count;
    this.scanned = this.start;
    this.state = 'line';
  }

  add(bytes: Buffer, from: number, end: number): void {
    if (this.used + end - from > this.buffer.length) this.grow(end - from);
    bytes.copy(this.buffer, this.used, from, end);
    this.used += end - from;
  }

  private grow(count: number): void {
    const { bytes } = this;
    const needed = bytes.length + count;
    // Twice as large: as many small parts as there may be are copied a few times only.
    const larger = Buffer.allocUnsafeSlow(Math.max(1_024, 2 * bytes.length, needed));
    bytes.copy(larger);
    this.buffer = larger;
    this.used = bytes.length;
    this.scanned -= this.start;
    this.start = 0;
  }

  /** @returns the index behind the empty line that ends the head, or -1 */
  findEnd(): number {
    while (this.scanned < this.used) {
      const byte = this.buffer[this.scanned] as number;
      this.scanned += 1;
      this.state = next(this.state, byte);
      if (this.state === 'end') return this.scanned - this.start;
    }
    return -1;
  }
}

type State = 'line' | 'cr' | 'line-begin' | 'line-begin-cr' | 'end';

/** A line ends with CRLF, LF or, where two stand together, CR. */
function next(state: State, byte: number): State {
  const isBegin = state === 'line-begin' || state === 'line-begin-cr';
  if (byte === LF) return isBegin ? 'end' : 'line-begin';
  if (byte !== CR) return 'line';
  if (state === 'line-begin') return 'line-begin-cr';
  return state === 'line' ? 'cr' : 'end';
}
