import type { DatabaseSync } from 'node:sqlite';
import type { Attempt } from '../../common/model/attempt.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint-id.ts';
import { addLatencies, addLatency, formatLatencies, parseLatencies } from './latencies.ts';
import type { Latencies } from './latencies.ts';
import { LONG_SECONDS, SHORT_KEPT_MS, SHORT_SECONDS, toPoints, windowBounds } from './windows.ts';
import type { PeriodRow, SeriesPoint, Window } from './windows.ts';

/**
 * Counts of attempts by period. An endpoint has no more periods than attempts, so the table is
 * bounded as the attempts are: by their retention.
 */
export const SERIES_SCHEMA = `
  CREATE TABLE series (
    endpoint TEXT NOT NULL, seconds INTEGER NOT NULL, at INTEGER NOT NULL,
    delivered INTEGER NOT NULL, failed INTEGER NOT NULL, dead INTEGER NOT NULL,
    latencies TEXT NOT NULL, waiting INTEGER, lag_seconds INTEGER,
    PRIMARY KEY (endpoint, seconds, at)) WITHOUT ROWID;
  CREATE INDEX series_by_at ON series (seconds, at);`;

/** Stands for the whole system where an endpoint's id may stand. */
const ALL = '';
/** Rows of one step, which others must not wait for. */
const PRUNED_AT_ONCE = 1_000;

export interface SeriesQuery {
  readonly window: Window;
  /** Id of a subscription, or `default`; null: the whole system. */
  readonly endpoint: string | null;
  readonly nowMs: number;
}

/** Figures of the whole system that no attempt shows, as they are at a moment. */
export interface Sample {
  readonly atMs: number;
  readonly waiting: number;
  readonly lagSeconds: number;
}

/** Counts of one period before they are in the database. */
interface Period {
  readonly endpoint: string;
  readonly seconds: number;
  readonly at: number;
  delivered: number;
  failed: number;
  dead: number;
  readonly latencies: Latencies;
}

/** The part of the delivery log's database that the plots are made of. */
export class SeriesTable {
  private readonly db: DatabaseSync;
  private readonly known;
  private readonly add;
  private readonly look;

  constructor(db: DatabaseSync) {
    this.db = db;
    const key = 'endpoint = ? AND seconds = ? AND at = ?';
    this.known = db.prepare(`SELECT latencies FROM series WHERE ${key}`);
    this.add = db.prepare(
      `INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL) ON CONFLICT DO UPDATE SET
        delivered = delivered + excluded.delivered, failed = failed + excluded.failed,
        dead = dead + excluded.dead, latencies = excluded.latencies`,
    );
    this.look = db.prepare(
      `INSERT INTO series VALUES ('${ALL}', ?, ?, 0, 0, 0, '', ?, ?) ON CONFLICT DO UPDATE SET
        waiting = max(ifnull(waiting, 0), excluded.waiting),
        lag_seconds = max(ifnull(lag_seconds, 0), excluded.lag_seconds)`,
    );
  }

  /** Adds attempts; part of the transaction that writes them down. */
  addAttempts(attempts: readonly Attempt[], nowMs: number): void {
    for (const period of periodsOf(attempts, nowMs)) {
      const { endpoint, seconds, at, delivered, failed, dead, latencies } = period;
      const row = this.known.get(endpoint, seconds, at);
      if (row) addLatencies(latencies, parseLatencies(String(row['latencies'])));
      this.add.run(endpoint, seconds, at, delivered, failed, dead, formatLatencies(latencies));
    }
  }

  addSample({ atMs, waiting, lagSeconds }: Sample): void {
    for (const seconds of [SHORT_SECONDS, LONG_SECONDS]) {
      this.look.run(seconds, periodAt(atMs, seconds), waiting, lagSeconds);
    }
  }

  points({ window, endpoint, nowMs }: SeriesQuery): readonly SeriesPoint[] {
    const bounds = windowBounds(window, endpoint, nowMs);
    const { fromMs, stepMs, count, keptSeconds } = bounds;
    const rows = this.db
      .prepare('SELECT * FROM series WHERE endpoint = ? AND seconds = ? AND at >= ? AND at < ?')
      .all(endpoint ?? ALL, keptSeconds, fromMs, fromMs + count * stepMs);
    return toPoints(rows as unknown as readonly PeriodRow[], bounds);
  }

  /**
   * Deletes some of the periods that no window shows any more, or from before a time.
   *
   * @returns whether there may be more of them
   */
  prune(beforeMs: number, nowMs: number): boolean {
    const remove = this.db.prepare(
      `DELETE FROM series WHERE (endpoint, seconds, at) IN
        (SELECT endpoint, seconds, at FROM series WHERE seconds = ? AND at < ?
          LIMIT ${PRUNED_AT_ONCE})`,
    );
    const short = remove.run(SHORT_SECONDS, nowMs - SHORT_KEPT_MS).changes;
    const long = remove.run(LONG_SECONDS, beforeMs).changes;
    return Math.max(Number(short), Number(long)) === PRUNED_AT_ONCE;
  }
}

function periodsOf(attempts: readonly Attempt[], nowMs: number): readonly Period[] {
  const periods = new Map<string, Map<number, Period>>();
  const count = (endpoint: string, seconds: number, attempt: Attempt) => {
    const at = periodAt(attempt.at, seconds);
    const name = `${seconds} ${endpoint}`;
    let own = periods.get(name);
    if (!own) periods.set(name, (own = new Map()));
    let period = own.get(at);
    if (!period) {
      period = { endpoint, seconds, at, delivered: 0, failed: 0, dead: 0, latencies: new Map() };
      own.set(at, period);
    }
    countAttempt(period, attempt);
  };
  for (const attempt of attempts) {
    if (!isCounted(attempt)) continue;
    if (attempt.at > nowMs - SHORT_KEPT_MS) count(ALL, SHORT_SECONDS, attempt);
    count(ALL, LONG_SECONDS, attempt);
    count(attempt.subscription ?? DEFAULT_ENDPOINT_ID, LONG_SECONDS, attempt);
  }
  return [...periods.values()].flatMap((own) => [...own.values()]);
}

/** A pause that a target asks for and a cancelled delivery are neither success nor failure. */
function isCounted({ state }: Attempt): boolean {
  return state === 'delivered' || state === 'retrying' || state === 'dead';
}

function countAttempt(period: Period, { state, attempt, latencyMs }: Attempt): void {
  if (state === 'delivered') period.delivered += 1;
  if (state === 'dead') period.dead += 1;
  // A record that could not be understood was never sent.
  if (attempt === 0) return;
  if (state !== 'delivered') period.failed += 1;
  addLatency(period.latencies, latencyMs);
}

function periodAt(ms: number, seconds: number): number {
  return Math.floor(ms / (seconds * 1_000)) * seconds * 1_000;
}
