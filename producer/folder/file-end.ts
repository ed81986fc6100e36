import type { RowsKind } from '../file/file-kinds.ts';

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
/** A separator may stand beside a quote; which one the file uses makes no difference here. */
const DELIMITERS = new Set([...',;\t'].map((character) => character.charCodeAt(0)));
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The last bytes of a file. */
export interface Tail {
  readonly bytes: Buffer;
  /** Whether these are all bytes of the file. */
  readonly isWholeFile: boolean;
}

/**
 * Whether a file looks as if more of it were to come. A file without bytes does: most tools make
 * the file before the first byte arrives.
 */
export function endsUnfinished(kind: RowsKind, tail: Tail): boolean {
  return tail.bytes.length === 0 || UNFINISHED[kind](tail);
}

/** The test for each kind of file. */
const UNFINISHED: Readonly<Record<RowsKind, (tail: Tail) => boolean>> = {
  csv: ({ bytes, isWholeFile }) => {
    if (bytes.at(-1) !== NEWLINE) return true;
    if (!bytes.includes(QUOTE)) return false;
    return isWholeFile ? scan(bytes, startOf(bytes)).isOpen : isQuoteOpenAfter(bytes);
  },
  jsonl: ({ bytes }) => bytes.at(-1) !== NEWLINE,
  parquet: ({ bytes }) => bytes.toString('latin1', bytes.length - 4) !== 'PAR1',
};

const startOf = (bytes: Buffer) => (bytes.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0);

/**
 * The same for the end of a long file. It may begin outside of quotes or within; where one of the
 * two leads to fewer misplaced quotes, it is the right one. A quote that stays open for the whole
 * of a tail belongs to a record that is too long to be read anyway.
 */
function isQuoteOpenAfter(tail: Buffer): boolean {
  const outside = scan(tail, afterLine(tail, 0));
  const closing = closingQuote(tail, 0);
  if (closing === -1) return outside.isOpen;
  const isClosedWell = mayFollowQuote(tail[closing + 1]);
  const inside = scan(tail, isClosedWell ? closing + 1 : afterLine(tail, closing));
  const misplaced = inside.misplaced + (isClosedWell ? 0 : 1);
  return misplaced < outside.misplaced ? inside.isOpen : outside.isOpen;
}

/**
 * Goes from quote to quote, from a place outside of quotes, as the reader of rows does: after a
 * quote at a wrong place both go on with the next line.
 */
function scan(bytes: Buffer, start: number): { isOpen: boolean; misplaced: number } {
  let misplaced = 0;
  for (let at = start; ;) {
    const opening = bytes.indexOf(QUOTE, at);
    if (opening === -1) return { isOpen: false, misplaced };
    if (opening > start && !mayPrecedeQuote(bytes[opening - 1])) {
      misplaced += 1;
      at = afterLine(bytes, opening);
      continue;
    }
    const closing = closingQuote(bytes, opening + 1);
    if (closing === -1) return { isOpen: true, misplaced };
    if (mayFollowQuote(bytes[closing + 1])) at = closing + 1;
    else {
      misplaced += 1;
      at = afterLine(bytes, opening);
    }
  }
}

/** Index of the quote that ends a quoted field, or -1; a doubled quote is a character of it. */
function closingQuote(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(QUOTE, from);
  while (at !== -1 && bytes[at + 1] === QUOTE) at = bytes.indexOf(QUOTE, at + 2);
  return at;
}

/** Index after the line break that follows, or the end. */
function afterLine(bytes: Buffer, from: number): number {
  const lineEnd = bytes.indexOf(NEWLINE, from);
  return lineEnd === -1 ? bytes.length : lineEnd + 1;
}

function mayPrecedeQuote(byte: number | undefined): boolean {
  return byte === NEWLINE || DELIMITERS.has(byte as number);
}

function mayFollowQuote(byte: number | undefined): boolean {
  return byte === undefined || byte === NEWLINE || byte === RETURN || DELIMITERS.has(byte);
}
