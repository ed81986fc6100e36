import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';

/**
 * How many offsets from one up to an end are not finished. Transaction markers count as well, as
 * they cannot be told from records that are gone.
 */
export function owedBy(offset: number, end: number, done: readonly OffsetRange[]): number {
  const finished = done.reduce(
    (sum, range) => sum + Math.max(0, Math.min(range.end, end) - Math.max(range.start, offset)),
    0,
  );
  return Math.max(0, end - offset - finished);
}
