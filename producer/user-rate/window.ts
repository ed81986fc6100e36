/** How many may come within how long. */
export interface Window {
  readonly points: number;
  /** Whole seconds: stores count in them. */
  readonly seconds: number;
}

const SECONDS_MAX = 60;

/**
 * The shortest window that says a rate in whole numbers: 2.5 a second are 5 in 2 seconds. A rate
 * that no minute can say is rounded down.
 *
 * @param perSecond above 0
 */
export function windowOf(perSecond: number): Window {
  for (let seconds = 1; seconds <= SECONDS_MAX; seconds += 1) {
    const points = Number((perSecond * seconds).toFixed(6));
    if (points >= 1 && Number.isInteger(points)) return { points, seconds };
  }
  const seconds = Math.max(SECONDS_MAX, Math.ceil(1 / perSecond));
  return { points: Math.max(1, Math.floor(perSecond * seconds)), seconds };
}
