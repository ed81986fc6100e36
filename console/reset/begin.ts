import type { PartitionReset } from '../../common/kafka/admin/reset-offsets.ts';

/** Endpoints that begin later and are named; of more the number alone is said. */
export const NAMED_MAX = 20;

/**
 * Moves a position to the begin of its endpoint, as the consumers do: nothing before it is for that
 * endpoint.
 */
export function beyondBegin(planned: PartitionReset, begin: number): PartitionReset {
  const to = Math.min(planned.end, begin);
  return to > planned.to ? { ...planned, to, moved: 'to_begin' } : planned;
}

/** Offsets from the new positions to the ends, transaction markers included. */
export function offsetsAgain(partitions: readonly PartitionReset[]): number {
  return partitions.reduce((sum, { to, end }) => sum + (end - to), 0);
}
