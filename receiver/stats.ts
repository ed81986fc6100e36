import { parseFileRowId } from '../common/model/delivery.ts';
import { CompactMap } from './compact-map.ts';

/** Figures that `GET /stats` shows. */
export interface Stats {
  /** Requests whose body came whole. */
  readonly received: number;
  /** Answered with 2xx. */
  readonly accepted: number;
  /** Answered otherwise, by status. What hung or was reset is in neither. */
  readonly refused: Readonly<Record<string, number>>;
  /** Different webhook ids among the accepted; those without an id count in neither. */
  readonly distinct: number;
  readonly duplicates: number;
  /** Accepted file rows lower than an earlier accepted one of the same file and user. */
  readonly orderViolations: number;
  /** Refused with 401; 0 while no secret is set. */
  readonly badSignatures: number;
  /** Times of the first and the last accepted, ms since 1970; null while there is none. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /**
   * Largest number of accepted requests in any sliding second, in steps of 1 ms; never overstated.
   */
  readonly ratePerSecondMax: number;
}

export interface Accepted {
  readonly id: string | undefined;
  /** The user that the body names, if any. */
  readonly userId: string | undefined;
  /** ms since 1970. */
  readonly atMs: number;
  /** Time of arrival in ms on a clock that never goes back, for the rate. */
  readonly steadyMs: number;
}

export interface StatsCounter {
  received(): void;
  accepted(delivery: Accepted): void;
  refused(status: number): void;
  badSignature(): void;
  snapshot(): Stats;
}

/** Counts everything from zero, in memory that grows by 25 to 50 bytes a delivery. */
export function createStatsCounter(): StatsCounter {
  let received = 0;
  let accepted = 0;
  let duplicates = 0;
  let orderViolations = 0;
  let badSignatures = 0;
  let firstAt: number | null = null;
  let lastAt: number | null = null;
  const refused: Record<string, number> = {};
  const ids = new CompactMap();
  const rows = new CompactMap();
  const rate = createRateMeter();

  function countId(id: string, userId: string | undefined): void {
    if (ids.raise(id, 0) !== null) duplicates += 1;
    const fileRow = userId === undefined ? null : parseFileRowId(id);
    if (fileRow === null) return;
    const highest = rows.raise(`${fileRow.fileId} ${userId}`, fileRow.row);
    if (highest !== null && fileRow.row < highest) orderViolations += 1;
  }

  return {
    received: () => void (received += 1),
    refused: (status) => void (refused[status] = (refused[status] ?? 0) + 1),
    badSignature: () => void (badSignatures += 1),
    accepted({ id, userId, atMs, steadyMs }) {
      accepted += 1;
      firstAt ??= atMs;
      lastAt = atMs;
      rate.count(steadyMs);
      if (id !== undefined) countId(id, userId);
    },
    snapshot: () => ({
      received,
      accepted,
      refused: { ...refused },
      distinct: ids.size,
      duplicates,
      orderViolations,
      badSignatures,
      firstAt,
      lastAt,
      ratePerSecondMax: rate.max(),
    }),
  };
}

const SECOND_MS = 1_000;

/** The fullest sliding second: one bucket for each of the last 1,000 ms, and their sum. */
export function createRateMeter(): { count(atMs: number): void; max(): number } {
  const buckets = new Uint32Array(SECOND_MS);
  let newestMs = 0;
  let sum = 0;
  let max = 0;

  function advance(toMs: number): void {
    const steps = Math.min(toMs - newestMs, SECOND_MS);
    for (let step = 0; step < steps; step += 1) {
      const bucket = (toMs - step) % SECOND_MS;
      sum -= buckets[bucket] as number;
      buckets[bucket] = 0;
    }
    newestMs = Math.max(newestMs, toMs);
  }

  return {
    count(atMs) {
      const ms = Math.floor(atMs);
      advance(ms);
      // A request that comes out of order lies at most the limiter's hold back: its bucket is still
      // kept.
      const bucket = ms % SECOND_MS;
      buckets[bucket] = (buckets[bucket] as number) + 1;
      sum += 1;
      max = Math.max(max, sum);
    },
    max: () => max,
  };
}
