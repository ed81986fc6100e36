/** Transactions a second when a rate is set, so that the rate is kept evenly. */
const STEPS_PER_SECOND = 5;
/** A transaction well under a second: an open one holds back the partition's consumers. */
const RECORDS_MAX = 2_000;

/** How many records go into one transaction. @param rate records a second; null: no limit */
export function recordsPerTransaction(rate: number | null): number {
  if (rate === null) return RECORDS_MAX;
  return Math.min(RECORDS_MAX, Math.max(1, Math.floor(rate / STEPS_PER_SECOND)));
}

/** How long to wait before the next transaction, ms. */
export function pauseMs(
  rate: number | null,
  { written, elapsedMs }: { readonly written: number; readonly elapsedMs: number },
): number {
  if (rate === null) return 0;
  return Math.max(0, Math.ceil((written / rate) * 1_000 - elapsedMs));
}
