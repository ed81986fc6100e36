import { invariant } from '../../base/errors.ts';
import { pushUvarint, readUvarint } from '../protocol/varint.ts';

/** A half-open range of offsets, `start` included and `end` not. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** Kafka refuses commit metadata above this (offset.metadata.max.bytes, counted in characters). */
export const METADATA_CHARS_MAX = 4_096;
/** Characters that the text around the map, the retries and the losses behind it may take. */
const ENVELOPE_CHARS = 200 + 556;
const PAYLOAD_BYTES_MAX = Math.floor((METADATA_CHARS_MAX - ENVELOPE_CHARS) / 4) * 3;
const VERSION = 1;
const RUNS = 0;
const BITMAP = 1;

export interface EncodedMap {
  readonly text: string;
  /** Share of the room that the map needs; above 1 it was cut and later offsets were left out. */
  readonly load: number;
}

/**
 * Writes down which offsets beyond the commit point are finished, as base64 of a version byte,
 * a format byte and the smaller of two bodies: run lengths or one bit an offset.
 *
 * @param base the committed offset, which is unfinished, so every range begins after it
 * @param done finished ranges, ascending, not touching each other
 */
export function encodeOffsetMap(base: number, done: readonly OffsetRange[]): EncodedMap {
  if (done.length === 0) return { text: '', load: 0 };
  const runs = encodeRuns(base, done);
  const bitmapBytes = Math.ceil(((done.at(-1) as OffsetRange).end - base) / 8);
  const useBitmap = bitmapBytes < runs.bytes.length && bitmapBytes + 2 <= PAYLOAD_BYTES_MAX;
  if (useBitmap) {
    const body = encodeBitmap(base, done, bitmapBytes);
    return finish(BITMAP, body, body.length + 2);
  }
  // Cut, the map names fewer finished offsets: they would be sent again, but none is skipped.
  const body = Buffer.from(runs.bytes.slice(0, runs.fitting));
  return finish(RUNS, body, runs.bytes.length + 2);
}

function finish(format: number, body: Buffer, neededBytes: number): EncodedMap {
  const text = Buffer.concat([Buffer.from([VERSION, format]), body]).toString('base64');
  return { text, load: neededBytes / PAYLOAD_BYTES_MAX };
}

/** Alternating lengths, gap then run. `fitting` is how many bytes hold whole pairs within room. */
function encodeRuns(base: number, done: readonly OffsetRange[]) {
  const bytes: number[] = [];
  let fitting = 0;
  let at = base;
  for (const { start, end } of done) {
    invariant(
      start > at || (start === at && at !== base),
      'ranges ascend and begin after the base',
    );
    pushUvarint(bytes, start - at);
    pushUvarint(bytes, end - start);
    if (bytes.length + 2 <= PAYLOAD_BYTES_MAX) fitting = bytes.length;
    at = end;
  }
  return { bytes, fitting };
}

function encodeBitmap(base: number, done: readonly OffsetRange[], byteCount: number): Buffer {
  const bits = Buffer.alloc(byteCount);
  for (const { start, end } of done) {
    for (let offset = start; offset < end; offset += 1) {
      const bit = offset - base;
      bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return bits;
}

/**
 * Reads what `encodeOffsetMap` wrote.
 *
 * @returns finished ranges, ascending; none when the text is empty, damaged or of an unknown
 *          version, which means that those offsets are delivered again
 */
export function decodeOffsetMap(base: number, text: string): readonly OffsetRange[] {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return [];
  const bytes = Buffer.from(text, 'base64');
  if (bytes[0] !== VERSION) return [];
  const body = bytes.subarray(2);
  if (bytes[1] === BITMAP) return decodeBitmap(base, body);
  if (bytes[1] === RUNS) return decodeRuns(base, body) ?? [];
  return [];
}

function decodeRuns(base: number, body: Buffer): readonly OffsetRange[] | null {
  const ranges: OffsetRange[] = [];
  let at = base;
  for (let index = 0; index < body.length;) {
    const gap = readUvarint(body, index);
    const run = gap && readUvarint(body, gap.next);
    if (!gap || !run || run.value === 0) return null;
    const start = at + gap.value;
    at = start + run.value;
    if (start <= base || !Number.isSafeInteger(at)) return null;
    ranges.push({ start, end: at });
    index = run.next;
  }
  return ranges;
}

function decodeBitmap(base: number, body: Buffer): readonly OffsetRange[] {
  const ranges: OffsetRange[] = [];
  let start: number | null = null;
  for (let bit = 1; bit <= body.length * 8; bit += 1) {
    const isDone = ((body[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    if (isDone && start === null) start = base + bit;
    if (!isDone && start !== null) {
      ranges.push({ start, end: base + bit });
      start = null;
    }
  }
  return ranges;
}
