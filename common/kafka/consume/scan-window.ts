import type { Bounds } from '../admin/offsets.ts';

/** Offsets of a partition that are still to be read: from `next` up to, not including, `end`. */
export interface Window {
  readonly next: number;
  readonly end: number;
}

/**
 * The part of each partition that a scan reads, within what the log holds.
 *
 * @returns only partitions with something to read
 */
export function scanWindow(
  bounds: ReadonlyMap<number, Bounds>,
  asked: {
    readonly from?: ReadonlyMap<number, number>;
    readonly to?: ReadonlyMap<number, number>;
  },
): Map<number, Window> {
  const windows = [...bounds].map(([partition, { low, high }]): [number, Window] => [
    partition,
    {
      next: Math.max(low, asked.from?.get(partition) ?? low),
      end: Math.min(high, asked.to?.get(partition) ?? high),
    },
  ]);
  return new Map(windows.filter(([, { next, end }]) => next < end));
}
