import { addLatencies, parseLatencies, percentile } from './latencies.ts';
import type { Latencies } from './latencies.ts';

/** Spans of time that a series has, and the length of a point in each. */
export const WINDOWS = {
  '15m': { spanSeconds: 900, stepSeconds: 5 },
  '3h': { spanSeconds: 10_800, stepSeconds: 60 },
  '24h': { spanSeconds: 86_400, stepSeconds: 300 },
  '72h': { spanSeconds: 259_200, stepSeconds: 900 },
} as const;
export type Window = keyof typeof WINDOWS;

/** Length of the periods in which figures are kept, in seconds: short ones only for a while. */
export const SHORT_SECONDS = 5;
export const LONG_SECONDS = 60;
/** Short periods are kept for the shortest window and some minutes more, ms. */
export const SHORT_KEPT_MS = 20 * 60_000;

/** A kept period of one endpoint or of the whole system. */
export interface PeriodRow {
  /** Its beginning, ms since 1970. */
  readonly at: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
  /** As `formatLatencies` writes them. */
  readonly latencies: string;
  /** The most that were seen in it; null: nobody has looked. */
  readonly waiting: number | null;
  readonly lag_seconds: number | null;
}

/** A point of `GET /series`: counts of one step, which begins at `at`. */
export interface SeriesPoint {
  readonly at: string;
  readonly delivered: number;
  readonly failed: number;
  readonly dead_lettered: number;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly waiting: number | null;
  readonly lag_seconds: number | null;
}

export interface WindowBounds {
  readonly keptSeconds: number;
  readonly fromMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/**
 * Returns where the points of a window lie. The last one ends with the last whole period, as a
 * point that has only begun would look like a fall.
 */
export function windowBounds(window: Window, endpoint: string | null, nowMs: number): WindowBounds {
  const { spanSeconds, stepSeconds } = WINDOWS[window];
  // Short periods are kept of the whole system alone: there may be thousands of endpoints.
  const isShort = stepSeconds === SHORT_SECONDS && endpoint === null;
  const keptSeconds = isShort ? SHORT_SECONDS : LONG_SECONDS;
  const stepMs = Math.max(stepSeconds, keptSeconds) * 1_000;
  const count = (spanSeconds * 1_000) / stepMs;
  const toMs = Math.floor(nowMs / (keptSeconds * 1_000)) * keptSeconds * 1_000;
  return { keptSeconds, fromMs: toMs - count * stepMs, stepMs, count };
}

/** Adds kept periods up to the points of a window; a step without a period has a point of zeros. */
export function toPoints(
  rows: readonly PeriodRow[],
  { fromMs, stepMs, count }: WindowBounds,
): readonly SeriesPoint[] {
  const byStep = Map.groupBy(rows, ({ at }) => Math.floor((at - fromMs) / stepMs));
  return Array.from({ length: count }, (_, n) =>
    toPoint(new Date(fromMs + n * stepMs).toISOString(), byStep.get(n) ?? []),
  );
}

function toPoint(at: string, rows: readonly PeriodRow[]): SeriesPoint {
  const sum = (of: (row: PeriodRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const most = (of: (row: PeriodRow) => number | null) => {
    const known = rows.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const latencies: Latencies = new Map();
  for (const row of rows) addLatencies(latencies, parseLatencies(row.latencies));
  return {
    at,
    delivered: sum(({ delivered }) => delivered),
    failed: sum(({ failed }) => failed),
    dead_lettered: sum(({ dead }) => dead),
    p50_ms: percentile(latencies, 0.5),
    p99_ms: percentile(latencies, 0.99),
    waiting: most(({ waiting }) => waiting),
    lag_seconds: most((row) => row.lag_seconds),
  };
}
