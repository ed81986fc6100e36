/** Where a delivery stands, from its acceptance on. */
export const STATES = [
  'queued',
  'waiting',
  'in_flight',
  'retrying',
  'delivered',
  'dead',
  'cancelled',
] as const;
export type State = (typeof STATES)[number];

/** Returns whether a text is a state of a delivery. */
export function isState(text: string): text is State {
  return (STATES as readonly string[]).includes(text);
}
