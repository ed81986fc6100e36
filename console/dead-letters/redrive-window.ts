import type { Bounds } from '../../common/kafka/admin/offsets.ts';
import { firstMissing } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';

/** Where a dead letter lies in its topic. */
export interface DeadLetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/**
 * The offsets of each partition that a redrive reads.
 *
 * @param places of what is meant, where they are known; absent: everything is read
 * @returns `to` is the offset after the last one
 */
export function redriveWindow(
  bounds: ReadonlyMap<number, Bounds>,
  redriven: ReadonlyMap<number, OffsetRanges>,
  places?: readonly DeadLetterPlace[],
): { readonly from: Map<number, number>; readonly to: Map<number, number> } {
  const from = new Map<number, number>();
  const to = new Map<number, number>();
  for (const [partition, { low, high }] of bounds) {
    const first = firstMissing(redriven.get(partition) ?? [], low);
    const own = places?.filter((place) => place.partition === partition);
    const offsets = own?.map(({ offset }) => offset) ?? [low, high - 1];
    // Nothing is read of a partition without any.
    from.set(partition, Math.max(first, Math.min(high, ...offsets)));
    to.set(partition, Math.min(high, offsets.length === 0 ? high : Math.max(...offsets) + 1));
  }
  return { from, to };
}
