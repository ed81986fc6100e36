import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Attempt } from '../../common/model/attempt.ts';
import type { Position } from '../../common/kafka/log-record.ts';
import { parseFileRowId } from '../../common/model/delivery.ts';
import { SERIES_SCHEMA, SeriesTable } from '../series/series-table.ts';
import type { Sample, SeriesQuery } from '../series/series-table.ts';
import type { SeriesPoint } from '../series/windows.ts';
import type { AttemptRow } from './attempt-row.ts';
import type { LogFilter } from './log-query.ts';
import { plansOf } from './select-attempts.ts';
import type { Plan, Query } from './select-attempts.ts';

/** A delivery's record in the log. */
export interface RecordOfDelivery {
  readonly id: string;
  readonly subscription: string | null;
  readonly record: Position;
}

/** A delivery by its id and subscription; null: WEBHOOK_URL. */
export type DeliveryKey = Pick<RecordOfDelivery, 'id' | 'subscription'>;

/** A page of attempts, newest first. */
export interface LogPage {
  readonly rows: readonly AttemptRow[];
  /** `cursor` of the next page; null: there is none. */
  readonly next: string | null;
  /** Whether the page ended because so many other attempts were looked at. */
  readonly isLimitMet: boolean;
}

/** Attempts that were read together, and where the next ones lie. */
export interface ReadAttempts {
  readonly partition: number;
  readonly readTo: number;
  readonly attempts: readonly Attempt[];
}

/** A file of another version is thrown away and filled again from the topic. */
const VERSION = 7;
const SCHEMA = `
  CREATE TABLE written (boot TEXT NOT NULL);
  CREATE TABLE positions (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
  CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL,
    subscription TEXT, event_type TEXT, attempt INTEGER NOT NULL, trigger TEXT, state TEXT NOT NULL, status INTEGER, error TEXT,
    excerpt TEXT NOT NULL, answer_headers TEXT, sealed TEXT, latency_ms REAL NOT NULL, due_at INTEGER, topic TEXT NOT NULL,
    partition INTEGER NOT NULL, offset INTEGER NOT NULL, file TEXT, is_latest INTEGER NOT NULL);
  CREATE INDEX by_id ON attempts (id);
  CREATE INDEX by_at ON attempts (at);
  CREATE INDEX by_user ON attempts (user, at);
  CREATE INDEX by_subscription ON attempts (subscription, at) WHERE subscription IS NOT NULL;
  CREATE INDEX by_state ON attempts (state, at) WHERE is_latest = 1 AND state <> 'delivered';
  CREATE INDEX by_status ON attempts (status, at) WHERE status <> 200;
  CREATE INDEX by_failed ON attempts (at) WHERE error IS NOT NULL;
  CREATE INDEX by_file ON attempts (file, at) WHERE file IS NOT NULL;
  CREATE INDEX by_event_type ON attempts (event_type, at) WHERE event_type IS NOT NULL;
  ${SERIES_SCHEMA}
  PRAGMA user_version = ${VERSION};`;
const INSERT = `INSERT INTO attempts (at, id, user, subscription, event_type, attempt, trigger, state,
    status, error, excerpt, answer_headers, sealed, latency_ms, due_at, topic, partition, offset, file, is_latest)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`;
/**
 * Most files in one folder: where two consoles share the folder, the second takes the next free
 * file.
 */
const FILES_MAX = 16;
const SQLITE_BUSY = 5;
/** The clock and the time since the start differ by a little, and by more after it was set. */
const BOOT_TOLERANCE_MS = 600_000;
const PRUNED_AT_ONCE = 5_000;

/**
 * The attempts topic as a database, for look-ups: a view that may be deleted. Positions in the
 * topic are written in the same transaction as what was read up to there.
 */
export class LogDatabase {
  private readonly db: DatabaseSync;
  private readonly insert;
  private readonly supersede;
  private readonly advance;
  private readonly ofRecord;
  private readonly latest;
  private readonly series: SeriesTable;

  private constructor(db: DatabaseSync) {
    this.db = db;
    this.insert = db.prepare(INSERT);
    this.supersede = db.prepare(
      'UPDATE attempts SET is_latest = 0 WHERE id = ? AND subscription IS ? AND is_latest = 1',
    );
    this.ofRecord = db.prepare(
      `SELECT * FROM attempts WHERE id = ? AND subscription IS ?
        AND topic = ? AND partition = ? AND offset = ? ORDER BY seq DESC LIMIT 1`,
    );
    this.latest = db.prepare(
      'SELECT * FROM attempts WHERE id = ? AND subscription IS ? AND is_latest = 1',
    );
    this.advance = db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?)');
    this.series = new SeriesTable(db);
  }

  /**
   * @param path of the file; `x.db` may become `x-2.db` when another process has it open
   * @param boot names the time since the machine was started
   * @throws Error when the disk refuses
   */
  static open(path: string, boot = bootId()): LogDatabase {
    mkdirSync(dirname(path), { recursive: true });
    for (let n = 1; ; n += 1) {
      const file = n === 1 ? path : path.replace(/\.db$/, `-${n}.db`);
      try {
        return new LogDatabase(openFile(file, boot));
      } catch (error) {
        if (errcodeOf(error) !== SQLITE_BUSY || n === FILES_MAX) throw error;
      }
    }
  }

  /** Where to go on reading, by partition. */
  positions(): Map<number, number> {
    const rows = this.db.prepare('SELECT partition, next FROM positions').all();
    return new Map(rows.map(({ partition, next }) => [Number(partition), Number(next)]));
  }

  /**
   * Adds what was read of a partition up to an offset. It is seen at once, and lasts from the next
   * `commit` on, together with the position.
   */
  add({ partition, readTo, attempts }: ReadAttempts): void {
    this.begin();
    try {
      this.addAttempts(attempts);
      this.advance.run(partition, readTo);
    } catch (error) {
      // Half of it must not be committed: it is read again from the last commit on.
      this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private addAttempts(attempts: readonly Attempt[]): void {
    for (const one of attempts) {
      this.supersede.run(one.id, one.subscription);
      this.insert.run(
        ...[one.at, one.id, one.key, one.subscription, one.eventType, one.attempt],
        ...[one.trigger, one.state, one.status, one.error, one.excerpt],
        ...[one.answerHeaders ?? null, one.sealed ?? null, one.latencyMs, one.dueAt],
        ...[one.topic, one.partition, one.offset, parseFileRowId(one.id)?.fileId ?? null],
      );
    }
    this.series.addAttempts(attempts, Date.now());
  }

  /** Makes everything durable that was added or deleted. */
  commit(): void {
    if (this.db.isTransaction) this.db.exec('COMMIT');
  }

  /** Forgets everything: the topic is not the one that was read before. */
  clear(): void {
    this.begin();
    this.db.exec('DELETE FROM attempts; DELETE FROM positions; DELETE FROM series');
    this.commit();
  }

  /**
   * Deletes some of the oldest attempts from before a time, and of their periods in the plots.
   *
   * @returns whether there may be more of them
   */
  prune(beforeMs: number): boolean {
    const { changes } = this.db
      .prepare(
        `DELETE FROM attempts WHERE seq IN
          (SELECT seq FROM attempts WHERE at < ? ORDER BY at LIMIT ${PRUNED_AT_ONCE})`,
      )
      .run(beforeMs);
    const hasMorePeriods = this.series.prune(beforeMs, Date.now());
    return hasMorePeriods || changes === PRUNED_AT_ONCE;
  }

  /** Returns a page of attempts, newest first. */
  select(filter: LogFilter): LogPage {
    const plan = this.fastest(plansOf(filter));
    const found = this.all<AttemptRow>(plan.page);
    const rows = found.slice(0, filter.limit);
    const cursorOf = ({ at, seq }: Pick<AttemptRow, 'at' | 'seq'>) => `${at}-${seq}`;
    const last = rows.at(-1);
    if (found.length > rows.length && last)
      return { rows, next: cursorOf(last), isLimitMet: false };
    const [end] = this.all<Pick<AttemptRow, 'at' | 'seq'>>(plan.end);
    return { rows, next: end ? cursorOf(end) : null, isLimitMet: end !== undefined };
  }

  /** Returns the plan whose index leads to the fewest rows, which depends on the data. */
  private fastest(plans: readonly Plan[]): Plan {
    const [only, ...more] = plans;
    if (only && more.length === 0) return only;
    const rowsOf = ({ estimate }: Plan) => this.all<{ rows: number }>(estimate)[0]?.rows ?? 0;
    const counted = plans.map((plan) => ({ plan, rows: rowsOf(plan) }));
    return counted.reduce((best, one) => (one.rows < best.rows ? one : best)).plan;
  }

  private all<Row>({ sql, values }: Query): Row[] {
    return this.db.prepare(sql).all(...values) as unknown as Row[];
  }

  /** Returns the last attempt of each record, wherever else its delivery was attempted. */
  lastAttempts(records: readonly RecordOfDelivery[]): readonly (AttemptRow | undefined)[] {
    return records.map(({ id, subscription, record: { topic, partition, offset } }) => {
      const row = this.ofRecord.get(id, subscription, topic, partition, offset);
      return row as unknown as AttemptRow | undefined;
    });
  }

  /** Returns the last attempt of each delivery, at whatever record. */
  latestAttempts(keys: readonly DeliveryKey[]): readonly (AttemptRow | undefined)[] {
    return keys.map(
      ({ id, subscription }) =>
        this.latest.get(id, subscription) as unknown as AttemptRow | undefined,
    );
  }

  /** Returns the points of a plot. */
  points(query: SeriesQuery): readonly SeriesPoint[] {
    return this.series.points(query);
  }

  /** Adds to the plots what no attempt shows. */
  addSample(sample: Sample): void {
    this.series.addSample(sample);
  }

  close(): void {
    this.commit();
    // From here on the file is whole even if the machine fails.
    this.db.exec('PRAGMA synchronous = FULL; DELETE FROM written');
    this.db.close();
  }

  private begin(): void {
    if (!this.db.isTransaction) this.db.exec('BEGIN IMMEDIATE');
  }
}

/** Opens the file. A damaged file, or one of another version, is replaced by a new one. */
function openFile(file: string, boot: string): DatabaseSync {
  try {
    return openOrCreate(file, boot);
  } catch (error) {
    if (errcodeOf(error) === SQLITE_BUSY) throw error;
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
    return openOrCreate(file, boot);
  }
}

function openOrCreate(file: string, boot: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // One process alone. Nothing waits for the disk, which would hold up each query: a process that
    // is killed loses nothing by that, and what a machine that fails leaves is not read any more.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 2048;
      BEGIN IMMEDIATE; COMMIT`);
    const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version === 0) db.exec(SCHEMA);
    else if (version !== VERSION) throw new Error(`${file} has version ${String(version)}`);
    const written = db.prepare('SELECT boot FROM written').get()?.['boot'] ?? boot;
    if (written !== boot) throw new Error(`${file} was open when the machine failed`);
    db.prepare('INSERT INTO written VALUES (?)').run(boot);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function errcodeOf(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined;
}

/** Names the time since the machine was started; where that is not known, when it was started. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    const startedAtMs = Date.now() - uptime() * 1_000;
    return `minute ${Math.round(startedAtMs / BOOT_TOLERANCE_MS)}`;
  }
}
