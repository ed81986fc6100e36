// Marks of the axes of plots: steps between them, and texts of which no two are the same. Pure.

/** Steps of 1, 2 and 5 times a power of ten, so that a mark has no more digits than its text. */
function decimals(least, most) {
  const steps = [];
  for (let power = least; power <= most; power *= 10) steps.push(power, 2 * power, 5 * power);
  return steps;
}

const POWER_MAX = 1e12;

/** Steps between values that are shown with one digit behind the point. */
export const TENTHS = [0.1, 0.2, 0.5, ...decimals(1, POWER_MAX)];

/** Steps between counts. */
export const WHOLE = decimals(1, POWER_MAX);

/**
 * Seconds of each unit in which a length of time is written, longest first.
 *
 * @type {[number, string][]}
 */
const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Steps between lengths of time, each a whole number of one unit. */
export const SECONDS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 3, 6, 12].map((hours) => 3_600 * hours),
  ...decimals(1, 1e6).map((days) => 86_400 * days),
];

/**
 * Texts of lengths of time in one unit, the longest of which the step is a whole number.
 *
 * @param {number[]} marks in seconds, one step apart
 * @param {number} step
 */
export function secondsTexts(marks, step) {
  const [seconds, name] = UNITS.find(([unit]) => step % unit === 0) ?? [1, 's'];
  return marks.map((mark) => `${Math.round(mark / seconds)} ${name}`);
}
