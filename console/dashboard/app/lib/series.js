// Figures over time, as `GET /series` has them, made ready for plots. Pure.

export const WINDOWS = [
  ['15m', '15 min'],
  ['3h', '3 h'],
  ['24h', '24 h'],
  ['72h', '72 h'],
];

/** @param {string | undefined} asked @returns a window that the API has */
export function windowOf(asked) {
  return WINDOWS.some(([name]) => name === asked) ? asked : '15m';
}

/**
 * @param {{ step_seconds: number, points: any[] }} answer
 * @returns times in seconds since 1970, and a function that picks the values of a name
 */
export function columnsOf({ step_seconds: step, points }) {
  const at = points.map((point) => secondsOf(point.at));
  return {
    at,
    values: (name) => points.map((point) => point[name] ?? null),
    perSecond: (name) => points.map((point) => (point[name] == null ? null : point[name] / step)),
  };
}

function secondsOf(at) {
  return (typeof at === 'number' ? at : Date.parse(at)) / 1_000;
}
