const DELAY_MS_MIN = 200;
const DELAY_MS_MAX = 10_000;

/**
 * How long to wait before the next try.
 *
 * @param failures how many tries have failed in a row, at least 1
 * @param random01 spreads those who failed together
 */
export function backOffMs(failures: number, random01: number): number {
  const ceiling = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (failures - 1));
  return Math.round(ceiling * (0.5 + random01 / 2));
}
