import { z } from 'zod';
import { parseJson } from '../../common/base/parse-json.ts';

/** Offsets from the first number up to, not including, the second. */
export type OffsetRange = readonly [start: number, end: number];

/** Ascending ranges that neither overlap nor touch. */
export type OffsetRanges = readonly OffsetRange[];

const Ranges = z.array(z.tuple([z.int().min(0), z.int().min(1)])).refine(isMerged);

/** Understands a value of the `redrive-progress` topic; null when it is something else. */
export function parseRanges(text: string): OffsetRanges | null {
  return parseJson(Ranges, text);
}

/** Whether an offset lies in one of the ranges. */
export function covers(ranges: OffsetRanges, offset: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const [start, end] = ranges[middle] as OffsetRange;
    if (offset < start) high = middle;
    else if (offset >= end) low = middle + 1;
    else return true;
  }
  return false;
}

/**
 * Adds offsets to ranges.
 *
 * @param offsets ascending, none of them covered yet
 */
export function withOffsets(ranges: OffsetRanges, offsets: readonly number[]): OffsetRanges {
  const merged: [number, number][] = [];
  const add = ([start, end]: OffsetRange) => {
    const last = merged.at(-1);
    if (last?.[1] === start) last[1] = end;
    else merged.push([start, end]);
  };
  let next = 0;
  for (const range of ranges) {
    for (; (offsets[next] ?? Infinity) < range[0]; next += 1) add(single(offsets, next));
    add(range);
  }
  for (; next < offsets.length; next += 1) add(single(offsets, next));
  return merged;
}

/**
 * The ranges as far as they can be of this log: one that ends before they do has been deleted and
 * begun again since, so that its offsets are other records.
 *
 * @param high the offset after the log's last record
 */
export function withinLog(ranges: OffsetRanges, high: number): OffsetRanges {
  return (ranges.at(-1)?.[1] ?? 0) > high ? [] : ranges;
}

/** The first offset from `low` on that is not covered. */
export function firstMissing(ranges: OffsetRanges, low: number): number {
  const around = ranges.find(([start, end]) => start <= low && low < end);
  return around ? around[1] : low;
}

/** How many offsets of the log are covered; what lies before its start no longer counts. */
export function coveredCount(ranges: OffsetRanges, low: number): number {
  return ranges.reduce((sum, [start, end]) => sum + Math.max(0, end - Math.max(start, low)), 0);
}

function single(offsets: readonly number[], index: number): OffsetRange {
  const offset = offsets[index] as number;
  return [offset, offset + 1];
}

function isMerged(ranges: OffsetRanges): boolean {
  return ranges.every(
    ([start, end], index) => start < end && start > (ranges[index - 1]?.[1] ?? -1),
  );
}
