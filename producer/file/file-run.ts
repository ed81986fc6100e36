import type { Announcement } from './announcement.ts';

/** An announcement and its place in the `files` topic; null when it could not be understood. */
export interface Queued {
  readonly offset: number;
  readonly file: Announcement | null;
}

/** Larger files fill a transaction by themselves. */
const SMALL_BYTES = 64 * 1024;
const RUN_BYTES = 2_000_000;
/** Each is open while the others are read. */
const RUN_FILES = 250;
/** A few bytes of them may be a great many rows. */
const COMPRESSED = /\.(gz|zst|parquet)$/i;

/**
 * How many files at the head of the queue are read together, so that one transaction takes their
 * rows: one, or as many small ones as follow each other.
 *
 * @param queue has each file once
 */
export function runLength(queue: readonly Queued[]): number {
  let files = 0;
  let bytes = 0;
  for (const { file } of queue) {
    if (files >= RUN_FILES || !file || !isSmall(file)) break;
    bytes += file.bytes;
    if (bytes > RUN_BYTES) break;
    files += 1;
  }
  return Math.max(1, files);
}

function isSmall({ name, bytes }: Announcement): boolean {
  return bytes <= SMALL_BYTES && !COMPRESSED.test(name);
}
