/** Facts about a file that lies in `processing/`. */
export interface ClaimedSince {
  readonly claimedAtMs: number;
  /** When this process last announced it; null: never. */
  readonly announcedAtMs: number | null;
  /** Whether an owner has ever written its progress. */
  readonly hasProgress: boolean;
}

/** Time in which the process that claimed a file announces it, unless it crashed, in ms. */
const CLAIMER_TIME_MS = 10_000;
const REPEAT_MS = 30_000;

/**
 * Whether a claimed file should be announced (again). An owner that has taken an announcement
 * writes the file's progress at once and commits only when the file is finished, so a file with
 * progress needs none; at our start it gets one all the same, in case the group's offsets were
 * lost. One announcement too many does no harm.
 */
export function isUnannounced(file: ClaimedSince, nowMs: number, atStart: boolean): boolean {
  if (nowMs - file.claimedAtMs < CLAIMER_TIME_MS) return false;
  if (atStart) return true;
  if (file.hasProgress) return false;
  return file.announcedAtMs === null || nowMs - file.announcedAtMs >= REPEAT_MS;
}
