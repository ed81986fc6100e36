import type { BlockParser, FileRecord } from './record-parser.ts';

const NEWLINE = 10;
const RETURN = 13;

/** Splits a file into lines: each that is not empty is a record with its text as the only field. */
export class JsonLineParser implements BlockParser {
  /** Offset in the file of the first byte of `pending`. */
  private start: number;
  /** A line that has no end yet, in parts as they came. */
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private readonly lineBytesMax: number;
  private records: FileRecord[] = [];

  constructor(base: number, lineBytesMax: number) {
    this.start = base;
    this.lineBytesMax = lineBytesMax;
  }

  feed(bytes: Buffer): string | null {
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, at)) {
      this.hold(bytes.subarray(at, end + 1));
      this.take();
      at = end + 1;
    }
    this.hold(bytes.subarray(at));
    return this.pendingBytes > this.lineBytesMax ? this.overlong : null;
  }

  finish(): string | null {
    this.take();
    return null;
  }

  takeRecords(): FileRecord[] {
    const taken = this.records;
    this.records = [];
    return taken;
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
  }

  private take(): void {
    if (this.pendingBytes === 0) return;
    const end = this.start + this.pendingBytes;
    if (this.pendingBytes > this.lineBytesMax) {
      this.records.push({ fields: [], fault: this.overlong, end });
    } else {
      const line = Buffer.concat(this.pending);
      const text = line.toString('utf8', 0, textEnd(line));
      if (text !== '') this.records.push({ fields: [text], fault: null, end });
    }
    this.start = end;
    this.pending = [];
    this.pendingBytes = 0;
  }

  private get overlong(): string {
    return `longer than ${this.lineBytesMax} bytes`;
  }
}

function textEnd(line: Buffer): number {
  let end = line.length;
  if (line[end - 1] !== NEWLINE) return end;
  end -= 1;
  for (let returns = 0; returns < 2 && line[end - 1] === RETURN; returns += 1) end -= 1;
  return end;
}
