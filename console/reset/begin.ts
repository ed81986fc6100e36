import type { PartitionReset } from '../../common/kafka/admin/reset-offsets.ts';

/** A partition as a reset changes it. */
export interface PlannedPartition extends PartitionReset {
  /** The endpoint begins later than was asked for, so its begin was taken. */
  readonly isBegin: boolean;
}

/**
 * Moves a position to the begin of its endpoint, as the consumers do: nothing before it is for that
 * endpoint.
 */
export function beyondBegin(planned: PlannedPartition, begin: number): PlannedPartition {
  const to = Math.min(planned.end, begin);
  return to > planned.to ? { ...planned, to, isClamped: false, isBegin: true } : planned;
}

/** Offsets from the new positions to the ends, transaction markers included. */
export function offsetsAgain(partitions: readonly PlannedPartition[]): number {
  return partitions.reduce((sum, { to, end }) => sum + (end - to), 0);
}
