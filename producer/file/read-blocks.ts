import type { ByteSource } from './byte-source.ts';
import { RAW_BYTES_MAX, RecordBlock, countLines, skipBlankLines } from './record-block.ts';
import type { Place } from './record-block.ts';
import { QUOTE_NOT_CLOSED } from './record-parser.ts';
import type { BlockParser, FileRecord, NewParser } from './record-parser.ts';

const NEWLINE = 10;
export const CHUNK_BYTES = 64 * 1024;

/**
 * Reads the records of a file from a place at which one begins, in constant memory. What comes
 * is the same wherever earlier reading ended, and however the bytes fall into chunks.
 *
 * A record that cannot be parsed costs one line: the line it begins in becomes a record with a
 * `fault`, and reading goes on with the next one.
 *
 * @returns blocks in order, the last one marked `isLast`
 */
export async function* readBlocks(
  source: ByteSource,
  start: Place,
  newParser: NewParser,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<RecordBlock, void> {
  let place = start;
  let endsWithBreak: boolean | null = null;
  /** Beginning of a record that is not complete yet, from `place` on. */
  let rest: Buffer = Buffer.alloc(0);
  let parser = newParser(place.offset);
  for (;;) {
    const bytes = await readMore(source, place.offset, rest, chunkBytes);
    const isEnd = bytes.length === rest.length;
    const begin = { newParser, parser, bytes, place, fedBytes: rest.length, isEnd };
    const parsed = parseAll(begin);
    parser = parsed.parser;
    const end = isEnd ? place.offset + bytes.length : parsed.end;
    const used = bytes.subarray(0, end - place.offset);
    const line = place.line + countLines(used, 0, used.length);
    const next = { offset: end, line };
    if (used.length > 0) endsWithBreak = used.at(-1) === NEWLINE;
    if (isEnd) endsWithBreak ??= await endsLine(source, end);
    yield new RecordBlock({
      records: parsed.records,
      start: place,
      bytes: used,
      next,
      isLast: isEnd,
      isUnfinished: isEnd && (!endsWithBreak || parsed.isQuoteOpen),
    });
    if (isEnd) return;
    rest = bytes.subarray(used.length);
    place = next;
    if (parsed.overlong === null) continue;
    const skipped = await skipLine(source, place, rest, chunkBytes);
    const fault = { fields: [], fault: parsed.overlong, end: skipped.next.offset };
    const onTheWay = { isLast: false, isUnfinished: false };
    yield new RecordBlock({ records: [fault], start: place, ...skipped, ...onTheWay });
    endsWithBreak = null;
    place = skipped.next;
    rest = Buffer.alloc(0);
    parser = newParser(place.offset);
  }
}

/** Whether the byte before a place is a line break. */
async function endsLine(source: ByteSource, offset: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  const bytesRead = await source.read(last, offset - 1);
  return bytesRead === 1 && last[0] === NEWLINE;
}

/**
 * Returns the bytes that were read before, followed by the next bytes of the file. The result is no
 * longer than `rest` at the end of the file.
 */
async function readMore(
  source: ByteSource,
  offset: number,
  rest: Buffer,
  chunkBytes: number,
): Promise<Buffer> {
  const grown = Buffer.allocUnsafeSlow(rest.length + chunkBytes);
  rest.copy(grown);
  const bytesRead = await source.read(grown.subarray(rest.length), offset + rest.length);
  return grown.subarray(0, rest.length + bytesRead);
}

interface Parsed {
  readonly records: readonly FileRecord[];
  /** Offset after the last record. */
  readonly end: number;
  /** Goes on with the bytes that follow. */
  readonly parser: BlockParser;
  /** Why the record that begins at `end` is given up although its first line has no end yet. */
  readonly overlong: string | null;
  /** A quote was still open at the end of the file; the lines after it were parsed singly. */
  readonly isQuoteOpen: boolean;
}

function parseAll(begin: {
  readonly newParser: NewParser;
  readonly parser: BlockParser;
  readonly bytes: Buffer;
  readonly place: Place;
  /** How many of the bytes the parser knows already. */
  readonly fedBytes: number;
  readonly isEnd: boolean;
}): Parsed {
  const { bytes, newParser, isEnd } = begin;
  const { offset } = begin.place;
  let { parser } = begin;
  let unfed = bytes.subarray(begin.fedBytes);
  const records: FileRecord[] = [];
  let end = offset;
  let isQuoteOpen = false;
  for (;;) {
    const fault =
      (unfed.length > 0 ? parser.feed(unfed) : null) ?? (isEnd ? parser.finish() : null);
    for (const record of parser.takeRecords()) records.push(record);
    end = records.at(-1)?.end ?? end;
    if (fault === null) return { records, end, parser, overlong: null, isQuoteOpen };
    if (fault === QUOTE_NOT_CLOSED) isQuoteOpen = true;
    const lineEnd = bytes.indexOf(NEWLINE, skipBlankLines(bytes, end - offset));
    if (lineEnd === -1 && !isEnd) return { records, end, parser, overlong: fault, isQuoteOpen };
    end = offset + (lineEnd === -1 ? bytes.length : lineEnd + 1);
    records.push({ fields: [], fault, end });
    parser = newParser(end);
    unfed = bytes.subarray(end - offset);
  }
}

/** Passes over a line that is too long to hold, keeping only its beginning. */
async function skipLine(
  source: ByteSource,
  start: Place,
  beginning: Buffer,
  chunkBytes: number,
): Promise<{ readonly bytes: Buffer; readonly next: Place }> {
  const blankBytes = skipBlankLines(beginning, 0);
  const line = start.line + countLines(beginning, 0, blankBytes) + 1;
  const chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let bytes = beginning;
  let offset = start.offset + beginning.length;
  for (;;) {
    const bytesRead = await source.read(chunk, offset);
    const lineEnd = chunk.subarray(0, bytesRead).indexOf(NEWLINE);
    const ofLine = lineEnd === -1 ? bytesRead : lineEnd + 1;
    offset += ofLine;
    const missing = Math.max(0, blankBytes + RAW_BYTES_MAX + 1 - bytes.length);
    if (missing > 0) bytes = Buffer.concat([bytes, chunk.subarray(0, Math.min(ofLine, missing))]);
    if (bytesRead === 0 || lineEnd !== -1) return { bytes, next: { offset, line } };
  }
}
