/** State of a file at one look. */
export interface Sight {
  readonly size: number;
  readonly mtimeMs: number;
  /** Device and inode: a file replaced by another of the same name starts again. */
  readonly inode: string;
}

/** A sight and since when it has been the same. */
export interface Rest extends Sight {
  readonly sinceMs: number;
}

/** The same rest, with all that is noted of it, while nothing changed; else a new one. */
export function rest<Noted extends Rest>(
  before: Noted | undefined,
  now: Sight,
  nowMs: number,
): Noted | Rest {
  const same =
    before !== undefined &&
    before.size === now.size &&
    before.mtimeMs === now.mtimeMs &&
    before.inode === now.inode;
  return same ? before : { ...now, sinceMs: nowMs };
}

/**
 * Whether a file has rested long enough to be read. Our own clock alone counts, as a copied file
 * may bring any mtime with it, and a file server's clock may differ from ours.
 */
export function isSettled({ sinceMs }: Rest, nowMs: number, settleMs: number): boolean {
  return nowMs - sinceMs >= settleMs;
}
