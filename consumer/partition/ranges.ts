import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';

/** The ranges of both, ascending, merged where they touch or overlap. */
export function union(
  one: readonly OffsetRange[],
  other: readonly OffsetRange[],
): readonly OffsetRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of [...one, ...other].sort((a, b) => a.start - b.start)) {
    if (start >= end) continue;
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** The ranges without some single offsets, which ascend. */
export function without(
  ranges: readonly OffsetRange[],
  offsets: readonly number[],
): readonly OffsetRange[] {
  if (offsets.length === 0) return ranges;
  const left: OffsetRange[] = [];
  let next = 0;
  for (const { start, end } of ranges) {
    let from = start;
    while ((offsets[next] ?? Infinity) < from) next += 1;
    for (let hole = offsets[next]; hole !== undefined && hole < end; hole = offsets[next]) {
      if (from < hole) left.push({ start: from, end: hole });
      from = hole + 1;
      next += 1;
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}

/** Returns the parts of the ranges that lie at or after an offset. */
export function clip(ranges: readonly OffsetRange[], from: number): readonly OffsetRange[] {
  return ranges.flatMap(({ start, end }) => {
    return end > from ? [{ start: Math.max(start, from), end }] : [];
  });
}

/** A position, and what is finished beyond it. */
export interface Progress {
  /** The first offset that is not finished. */
  readonly offset: number;
  /** Ascending, each beginning after the offset. */
  readonly done: readonly OffsetRange[];
}

/**
 * Where an endpoint stands of which everything before a point is finished but for some offsets.
 *
 * @param point everything before it is finished, or in `open`
 * @param done  what is finished beyond it
 * @param open  what is not finished, wherever it lies, ascending
 */
export function progress(
  point: number,
  done: readonly OffsetRange[],
  open: readonly number[],
): Progress {
  const first = Math.min(point, open[0] ?? point);
  const finished = without(union([{ start: first, end: point }], done), open);
  const [next, ...beyond] = finished;
  // The point itself may be finished: it then moves on to the end of that range.
  if (next && next.start <= first) return { offset: next.end, done: beyond };
  return { offset: first, done: finished };
}

/** A range that is still being built. */
export interface MutableRange {
  start: number;
  end: number;
}

/** Adds a range that begins after all others. */
export function append(ranges: MutableRange[], start: number, end: number): void {
  const last = ranges.at(-1);
  if (last && last.end === start) last.end = end;
  else ranges.push({ start, end });
}
