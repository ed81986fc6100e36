/** State of a file at one look. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  /** Device and inode: a file replaced by another of the same name starts again. */
  readonly inode: string;
}

/** State of a file, and the time since which it has not changed. */
export interface StabilityWait extends FileStat {
  readonly sinceMs: number;
}

/**
 * Continues the wait of a file, with all that is noted of it, while nothing has changed; otherwise
 * begins another wait.
 */
export function stabilityWait<Noted extends StabilityWait>(
  before: Noted | undefined,
  now: FileStat,
  nowMs: number,
): Noted | StabilityWait {
  const same =
    before !== undefined &&
    before.size === now.size &&
    before.mtimeMs === now.mtimeMs &&
    before.inode === now.inode;
  return same ? before : { ...now, sinceMs: nowMs };
}

/**
 * Whether a file has been unchanged for long enough to be read. Our own clock alone counts, as a
 * copied file may bring any mtime with it, and a file server's clock may differ from ours.
 */
export function isSettled({ sinceMs }: StabilityWait, nowMs: number, settleMs: number): boolean {
  return nowMs - sinceMs >= settleMs;
}
