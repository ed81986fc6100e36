/** Rows of a file that are not delivered yet. */
interface Left {
  /** Rows in the log that were never attempted. */
  readonly undecided: number;
  /** Rows that are to be tried again. */
  readonly retrying: number;
}

interface When {
  /** When the reading of the file ended, ms; null: it goes on. */
  readonly finishedAtMs: number | null;
  /** When a row was last to be tried again, ms. */
  readonly retriedAtMs: number;
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
 * them, or they were cut off the log. Such a row waits for an attempt, and the log is finished.
 */
export function countPassedOver(
  { undecided, retrying }: Left,
  { finishedAtMs, retriedAtMs, drainedAtMs }: When,
): Left {
  const isPast = (atMs: number | null) =>
    atMs !== null && drainedAtMs !== null && drainedAtMs >= atMs + CERTAIN_AFTER_MS;
  return {
    undecided: isPast(finishedAtMs) ? undecided : 0,
    retrying: isPast(retriedAtMs) ? retrying : 0,
  };
}
