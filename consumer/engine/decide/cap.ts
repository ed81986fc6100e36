/** Of all requests under way, what one endpoint may have while others want some. */
const SHARE_AMONG_MANY = 1 / 4;
/** And while none does: a newcomer must find room, even when every answer hangs. */
const SHARE_ALONE = 3 / 4;
/** What retries may have together: first attempts are never kept waiting by old failures. */
const SHARE_OF_RETRIES = 3 / 4;

/**
 * Requests that one endpoint may have under way.
 *
 * @param hasNeighbours whether there is any other endpoint at all
 * @param active        endpoints with deliveries waiting or under way, this one included
 */
export function endpointCap(concurrency: number, hasNeighbours: boolean, active: number): number {
  if (!hasNeighbours) return concurrency;
  const share = active <= 1 ? SHARE_ALONE : Math.max(SHARE_AMONG_MANY, 1 / active);
  return Math.max(1, Math.floor(concurrency * share));
}

/** Requests that may be under way for second and later attempts. */
export function retriesCap(concurrency: number): number {
  return Math.max(1, Math.floor(concurrency * SHARE_OF_RETRIES));
}
