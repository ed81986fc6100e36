const LF = 10;
const CR = 13;

/** Gathers a head that does not come at once, and finds its end however its lines end. */
export class GatheredHead {
  private buffer: Buffer = Buffer.alloc(0);
  private used = 0;
  private scanned = 0;
  private state: State = 'line';

  get isEmpty(): boolean {
    return this.used === 0;
  }

  /** What has come; only until the next call. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.used);
  }

  clear(): void {
    this.buffer = Buffer.alloc(0);
    this.used = 0;
    this.scanned = 0;
    this.state = 'line';
  }

  add(bytes: Buffer, from: number, end: number): void {
    const needed = this.used + end - from;
    if (needed > this.buffer.length) {
      // Twice as large: as many small parts as there may be are copied a few times only.
      const larger = Buffer.allocUnsafeSlow(Math.max(1_024, 2 * this.buffer.length, needed));
      this.buffer.copy(larger, 0, 0, this.used);
      this.buffer = larger;
    }
    bytes.copy(this.buffer, this.used, from, end);
    this.used = needed;
  }

  /** @returns the index behind the empty line that ends the head, or -1 */
  findEnd(): number {
    while (this.scanned < this.used) {
      const byte = this.buffer[this.scanned] as number;
      this.scanned += 1;
      this.state = next(this.state, byte);
      if (this.state === 'end') return this.scanned;
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
