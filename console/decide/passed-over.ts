interface When {
  /** When the reading of the file ended, ms; null: it goes on. */
  readonly finishedAtMs: number | null;
  /** When nothing in the log was unfinished, the last time that somebody looked, ms; or null. */
  readonly drainedAtMs: number | null;
}

/**
 * Longer than the last transaction of a file may stay open after `finishedAt`, and than its
 * attempts take to reach the view; clocks of two machines may differ besides.
 */
export const CERTAIN_AFTER_MS = 60_000;

/**
 * Counts the rows of a file that no consumer will come to: the group's offsets were set beyond
 * them, or they were cut off the log. Such a row was never attempted, and the log is finished.
 *
 * @param undecided rows of the file in the log that were never attempted
 */
export function countPassedOver(undecided: number, { finishedAtMs, drainedAtMs }: When): number {
  if (finishedAtMs === null || drainedAtMs === null) return 0;
  return drainedAtMs >= finishedAtMs + CERTAIN_AFTER_MS ? undecided : 0;
}
