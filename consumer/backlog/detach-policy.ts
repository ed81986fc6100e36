/**
 * Rules for detaching an endpoint. When the records of a partition wait for one endpoint alone and
 * hold up the others, the endpoint is detached there and goes on from a cursor of its own.
 */

/** Shorter than this nothing is done: most that cannot take something now can in a moment. */
const CLOSED_MS = 2_000;
/** A full partition that is fetched again before this is held up by nobody in particular. */
const FULL_MS = 1_000;
/** An event that is not finished by then is held up by those that have not had it. */
export const HELD_UP_MS = 1_000;
/** Share of a full partition's records from which on one endpoint counts as the cause. */
const CAUSE_SHARE = 1 / 4;

/** Whether an endpoint that takes nothing should wait elsewhere. @param waitingMs for it to open */
export function isClosedForLong(isClosed: boolean, waitingMs: number): boolean {
  return isClosed && waitingMs >= CLOSED_MS;
}

/**
 * The endpoints that a full partition waits for.
 *
 * @param pausedMs for how long nothing has been fetched
 * @param counts   unfinished records in memory, by endpoint
 * @param isIdle   most places are free: what waits does not wait for them, but for its endpoints
 */
export function causesOf(
  pausedMs: number,
  counts: ReadonlyMap<string, number>,
  isIdle: boolean,
): readonly string[] {
  if (pausedMs < FULL_MS) return [];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [largest, ...others] = [...counts].sort(([, a], [, b]) => b - a);
  if (!largest) return [];
  if (largest[1] >= total * CAUSE_SHARE) return [largest[0]];
  if (!isIdle) return [];
  // No endpoint stands out: as many are detached as make room for those that would be served at
  // once.
  const causes = [largest[0]];
  let left = total - largest[1];
  for (const [endpoint, count] of others) {
    if (left <= total / 2) break;
    causes.push(endpoint);
    left -= count;
  }
  return causes;
}

/**
 * Limits of the deliveries and bytes in memory, for all backlogs together and for each: the share
 * of each shrinks as their number grows.
 */
const ROOM_OF_ALL = 12_000;
const ROOM_MAX = 1_000;
const ROOM_MIN = 4;
const BYTES_OF_ALL = 32 * 1024 ** 2;
const BYTES_MAX = 4 * 1024 ** 2;
/** An endpoint that is down is tried with one delivery at a time. */
const ROOM_OF_CLOSED = 1;

/** How many deliveries of a backlog may be in memory. @param backlogs of this process */
export function roomFor(isClosed: boolean, backlogs: number): number {
  if (isClosed) return ROOM_OF_CLOSED;
  return Math.min(ROOM_MAX, Math.max(ROOM_MIN, Math.floor(ROOM_OF_ALL / Math.max(1, backlogs))));
}

/**
 * Returns how many bytes a backlog may hold in memory, beyond its first record.
 * @param backlogs as above
 */
export function bytesFor(backlogs: number): number {
  return Math.min(BYTES_MAX, BYTES_OF_ALL / Math.max(1, backlogs));
}
