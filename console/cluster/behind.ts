import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';

/** How far an endpoint is behind. */
export interface Behind {
  /** Deliveries that are left to it. */
  readonly left: number;
  /** When the first of them was written, ms since 1970; null: not known. */
  readonly sinceMs: number | null;
}

/**
 * Adds up the cursors of each endpoint: by a subscription's id, or `default`.
 *
 * @param committedOf where the group stands in a partition
 */
export function behindByEndpoint(
  cursors: readonly Cursor[],
  committedOf: (topic: string, partition: number) => number,
): ReadonlyMap<string, Behind> {
  const behind = new Map<string, Behind>();
  for (const { endpoint, topic, partition, offset, metadata } of cursors) {
    const mark = decodeCursorMark(offset, metadata);
    const known = behind.get(endpoint);
    const since = [known?.sinceMs, mark?.sinceMs].flatMap((ms) => ms || []);
    // Written by another program, at a place that the group has not passed: nothing waits there.
    if (!mark && offset >= committedOf(topic, partition)) continue;
    // A cursor that was reset is not counted until a consumer has read it.
    const left = (known?.left ?? 0) + (mark?.left ?? 1);
    behind.set(endpoint, { left, sinceMs: since.length === 0 ? null : Math.min(...since) });
  }
  return behind;
}
