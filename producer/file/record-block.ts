import { isUtf8 } from 'node:buffer';
import type { FileRecord } from './record-parser.ts';

/** A place in a file at which a record begins. */
export interface Place {
  readonly offset: number;
  /** 1-based number of the line that begins there. */
  readonly line: number;
}

const NEWLINE = 10;
const RETURN = 13;
/** Largest number of bytes that are kept of a rejected record. */
export const RAW_BYTES_MAX = 2_000;

/** Successive records of a file with the bytes they were parsed from. */
export class RecordBlock {
  readonly records: readonly FileRecord[];
  /** Reading can go on after this block from here. */
  readonly next: Place;
  readonly isLast: boolean;
  /** The file ends within a record: its last line has no line break, or a quote is still open. */
  readonly isUnfinished: boolean;
  private readonly start: Place;
  private readonly bytes: Buffer;
  private readonly isClean: boolean;
  /** The line that begins at or contains an index of the bytes; the last one asked for. */
  private counted: { readonly at: number; readonly line: number };

  /** @param bytes from `start` on; may be cut short when a single overlong record is in it */
  constructor(block: {
    readonly records: readonly FileRecord[];
    readonly start: Place;
    readonly bytes: Buffer;
    readonly next: Place;
    readonly isLast: boolean;
    readonly isUnfinished: boolean;
  }) {
    this.records = block.records;
    this.start = block.start;
    this.bytes = block.bytes;
    this.next = block.next;
    this.isLast = block.isLast;
    this.isUnfinished = block.isUnfinished;
    this.isClean = isUtf8(block.bytes);
    this.counted = { at: 0, line: block.start.line };
  }

  /** Whether the bytes of a record are UTF-8; csv-parse would silently replace what is not. */
  isUtf8At(index: number): boolean {
    return this.isClean || isUtf8(this.bytes.subarray(this.beginOf(index), this.endOf(index)));
  }

  /** 1-based number of the line in which a record begins. */
  lineAt(index: number): number {
    const begin = this.beginOf(index);
    // Usually asked in rising order: counting from the block's start each time would be quadratic.
    const { at, line } = begin >= this.counted.at ? this.counted : { at: 0, line: this.start.line };
    this.counted = { at: begin, line: line + countLines(this.bytes, at, begin) };
    return this.counted.line;
  }

  /** Whether a record ends in `\r\r\n`, as LF that was made CRLF twice. */
  endsTwiceAt(index: number): boolean {
    const end = this.endOf(index);
    const { bytes } = this;
    return bytes[end - 2] === RETURN && bytes[end - 3] === RETURN && bytes[end - 1] === NEWLINE;
  }

  /** A record as it stands in the file, without its line break; cut short when it is long. */
  rawAt(index: number): string {
    const begin = this.beginOf(index);
    let end = this.endOf(index);
    if (this.bytes[end - 1] === NEWLINE) {
      end -= 1;
      // There are two at most: CR CR LF is a line break as well.
      for (let returns = 0; returns < 2 && this.bytes[end - 1] === RETURN; returns += 1) end -= 1;
    }
    const cut = Math.min(end, begin + RAW_BYTES_MAX);
    return this.bytes.toString('utf8', begin, cut) + (cut < end ? '…' : '');
  }

  /** Blank lines before a record are no part of it. */
  private beginOf(index: number): number {
    const previous = this.records[index - 1];
    return skipBlankLines(this.bytes, previous ? previous.end - this.start.offset : 0);
  }

  private endOf(index: number): number {
    const { end } = this.records[index] as FileRecord;
    return Math.min(end - this.start.offset, this.bytes.length);
  }
}

/** Index of the first byte from `from` on that is no empty line. */
export function skipBlankLines(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (bytes[at] === NEWLINE) at += 1;
    else if (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) at += 2;
    else if (bytes[at] === RETURN && bytes[at + 1] === RETURN && bytes[at + 2] === NEWLINE) at += 3;
    else return at;
  }
}

/** How many line breaks there are from `from` to before `to`. */
export function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) if (bytes[at] === NEWLINE) lines += 1;
  return lines;
}
