/**
 * Of what its records wait for, an endpoint alone is to blame: when it holds up the others of its
 * partition, it is detached there, and goes on from a cursor of its own.
 */

/** Shorter than this nothing is done: most that cannot take something now can in a moment. */
const CLOSED_MS = 2_000;
/** A full partition that is fetched again before this is held up by nobody in particular. */
const FULL_MS = 1_000;
/** Of what fills a partition, what makes one endpoint the cause. */
const CAUSE_SHARE = 1 / 4;

/** Whether an endpoint that takes nothing should wait elsewhere. @param waitingMs for it to open */
export function isClosedForLong(isClosed: boolean, waitingMs: number): boolean {
  return isClosed && waitingMs >= CLOSED_MS;
}

/**
 * The endpoint that a full partition waits for, or null.
 *
 * @param pausedMs for how long nothing has been fetched
 * @param counts   unfinished records in memory, by endpoint
 */
export function causeOf(pausedMs: number, counts: ReadonlyMap<string, number>): string | null {
  if (pausedMs < FULL_MS) return null;
  let total = 0;
  let cause: string | null = null;
  for (const [endpoint, count] of counts) {
    total += count;
    if (cause === null || count > (counts.get(cause) ?? 0)) cause = endpoint;
  }
  if (cause === null || (counts.get(cause) ?? 0) < total * CAUSE_SHARE) return null;
  return cause;
}

/** What all backlogs together may hold in memory: with their number each one's part shrinks. */
const ROOM_OF_ALL = 12_000;
const ROOM_MAX = 1_000;
const ROOM_MIN = 4;
const BYTES_OF_ALL = 64 * 1024 ** 2;
const BYTES_MAX = 4 * 1024 ** 2;
/** An endpoint that is down is tried with one delivery at a time. */
const ROOM_OF_CLOSED = 1;

/** How many deliveries of a backlog may be in memory. @param backlogs of this process */
export function roomFor(isClosed: boolean, backlogs: number): number {
  if (isClosed) return ROOM_OF_CLOSED;
  return Math.min(ROOM_MAX, Math.max(ROOM_MIN, Math.floor(ROOM_OF_ALL / Math.max(1, backlogs))));
}

/** What a backlog may take of the memory, beyond its first record. @param backlogs as above */
export function bytesFor(backlogs: number): number {
  return Math.min(BYTES_MAX, BYTES_OF_ALL / Math.max(1, backlogs));
}
