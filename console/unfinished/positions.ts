import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';

/** How far work is: all before `offset` is finished, and so are the ranges in `done`, ascending. */
export interface Progress {
  readonly offset: number;
  readonly done: readonly OffsetRange[];
}

/** Progress of an endpoint that is behind. */
export interface CursorProgress extends Progress {
  /**
   * Offset from which the head decides, because the endpoint has caught up there; null: nowhere.
   */
  readonly until: number | null;
}

/** Positions that are known of a partition at one moment. */
export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is still in the log. */
  readonly low: number;
  /** The offset after the last record that can be read. */
  readonly high: number;
  /** How far the endpoints are that keep up. */
  readonly head: Progress;
  /** How far those are that are behind, by endpoint: the id of a subscription, or `default`. */
  readonly cursors: ReadonlyMap<string, CursorProgress>;
}

/**
 * Returns the progress that a commit states, brought within the bounds of the log as the consumers
 * do it.
 *
 * @param committed null offset: nothing was ever committed
 */
export function progressOf(
  committed: { readonly offset: number | null; readonly metadata: string },
  { low, high }: { readonly low: number; readonly high: number },
): Progress {
  const { offset, metadata } = committed;
  if (offset === null || offset > high) return { offset: low, done: [] };
  const done = decodeCommitMark(offset, metadata)?.done ?? [];
  return { offset: Math.max(offset, low), done };
}

/**
 * Returns the progress that a cursor states. A cursor that an offset reset has written names
 * nothing beyond its offset.
 */
export function cursorProgress(cursor: {
  readonly offset: number;
  readonly metadata: string;
}): CursorProgress {
  const { offset, metadata } = cursor;
  const mark = decodeCursorMark(offset, metadata);
  return { offset, done: mark?.done ?? [], until: mark?.until ?? null };
}

/** Whether nothing is to be done any more about a record for an endpoint. */
export function isFinished(
  offset: number,
  endpoint: string,
  { head, cursors }: Pick<PartitionPosition, 'head' | 'cursors'>,
): boolean {
  const cursor = cursors.get(endpoint);
  const progress = cursor && offset < (cursor.until ?? Infinity) ? cursor : head;
  return offset < progress.offset || isWithin(offset, progress.done);
}

/** The first offset that may be unfinished for an endpoint, or for any. */
export function firstUnfinished(
  { low, head, cursors }: Pick<PartitionPosition, 'low' | 'head' | 'cursors'>,
  endpoint?: string,
): number {
  const own = endpoint === undefined ? undefined : cursors.get(endpoint);
  const others = endpoint === undefined ? [...cursors.values()] : [];
  const offsets = own ? [own.offset] : [head, ...others].map(({ offset }) => offset);
  return Math.max(low, Math.min(...offsets));
}

function isWithin(offset: number, ranges: readonly OffsetRange[]): boolean {
  let from = 0;
  let to = ranges.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ranges[middle] as OffsetRange).end <= offset) from = middle + 1;
    else to = middle;
  }
  const range = ranges[from];
  return range !== undefined && range.start <= offset;
}
