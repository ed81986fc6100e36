/** Share of all requests under way that one endpoint may have while others want some. */
const SHARE_AMONG_MANY = 1 / 4;
/**
 * Share of one endpoint while no other wants any: a newcomer must find room, even when every answer
 * hangs.
 */
const SHARE_ALONE = 3 / 4;
/**
 * Share of one endpoint that answers at once, while no other wants any: a newcomer that finds few
 * places gets the others in a moment.
 */
const SHARE_ALONE_PROMPT = 31 / 32;
/** Share that all slow endpoints may have together: the others still find a place. */
const SHARE_OF_SLOW = 3 / 4;
/** Share that retries may have together: first attempts are never kept waiting by old failures. */
const SHARE_OF_RETRIES = 3 / 4;

/**
 * Requests that one endpoint may have under way.
 *
 * @param hasNeighbours whether there is any other endpoint at all
 * @param active        endpoints with deliveries waiting or under way, this one included
 * @param isPrompt      whether it answers at once
 */
export function endpointCap(
  concurrency: number,
  hasNeighbours: boolean,
  active: number,
  isPrompt: boolean,
): number {
  if (!hasNeighbours) return concurrency;
  const alone = isPrompt ? SHARE_ALONE_PROMPT : SHARE_ALONE;
  const share = active <= 1 ? alone : Math.max(SHARE_AMONG_MANY, 1 / active);
  return Math.max(1, Math.floor(concurrency * share));
}

/** Requests that may be under way to slow endpoints. */
export function slowCap(concurrency: number): number {
  return Math.max(1, Math.floor(concurrency * SHARE_OF_SLOW));
}

/** Requests that may be under way for second and later attempts. */
export function retriesCap(concurrency: number): number {
  return Math.max(1, Math.floor(concurrency * SHARE_OF_RETRIES));
}
