const DELAY_MS_MIN = 1_000;
const DELAY_MS_MAX = 30_000;
/** A process that lived this long was well: its next failure is a first one again. */
const WELL_AFTER_MS = 60_000;
/** A process that had done its work did not fail at its start: a start now is worth trying. */
const AT_ONCE_AFTER_MS = 5_000;

export interface Restart {
  /** Failures in a row, this one included. */
  readonly failures: number;
  readonly delayMs: number;
}

/**
 * When to start a process again that ended by itself: at once the first time, if it had begun to
 * work, else after 1 s, then twice as long each time, at most 30 s.
 *
 * @param failures failures in a row before this one
 * @param livedMs  how long the process ran this time
 */
export function nextRestart(failures: number, livedMs: number): Restart {
  const before = livedMs >= WELL_AFTER_MS ? 0 : failures;
  const isAtOnce = before === 0 && livedMs >= AT_ONCE_AFTER_MS;
  const delayMs = isAtOnce ? 0 : Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** before);
  return { failures: before + 1, delayMs };
}
