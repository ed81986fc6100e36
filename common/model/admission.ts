/** Opens again only well below the limit, so that it does not flap around it. */
const REOPEN_SHARE = 0.9;

/**
 * Whether more may be written, given how many records wait for delivery.
 *
 * @param isOpen the answer before
 */
export function isAdmitting(isOpen: boolean, lag: number, lagMax: number): boolean {
  return isOpen ? lag < lagMax : lag < lagMax * REOPEN_SHARE;
}
