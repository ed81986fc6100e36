/** Transactions a second when a rate is set, so that the rate is kept evenly. */
const STEPS_PER_SECOND = 5;
/** A transaction well under a second: an open one holds back the partition's consumers. */
const RECORDS_MAX = 2_000;

/** How many records go into one transaction. @param rate records a second; null: no limit */
export function recordsPerTransaction(rate: number | null): number {
  if (rate === null) return RECORDS_MAX;
  return Math.min(RECORDS_MAX, Math.max(1, Math.floor(rate / STEPS_PER_SECOND)));
}

/**
 * When the transaction after one of `count` records at `atMs` is due. Time lost is not made up
 * for, since a burst is what the rate is there to prevent.
 */
export function nextDueMs(
  rate: number | null,
  { count, atMs }: { readonly count: number; readonly atMs: number },
): number {
  return rate === null ? atMs : atMs + (count / rate) * 1_000;
}
