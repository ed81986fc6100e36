import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint-id.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import type { Cursor } from './cursor.ts';
import type { DeadLetterRow } from './dead-letter.ts';

/** Every condition that is not null must hold. */
export interface DeadLetterFilter {
  readonly id: string | null;
  readonly subscription: string | null;
  readonly user: string | null;
  readonly status: number | null;
  /** A part of the error, in any case. */
  readonly error: string | null;
  /** ms since 1970. */
  readonly sinceMs: number | null;
}

/** Dead letters with one endpoint and one cause. */
export interface Cause {
  readonly subscription: string | null;
  readonly status: number | null;
  readonly error: string;
  readonly count: number;
  readonly lastMs: number;
}

/** Causes that are listed: an error may have a text of its own for each dead letter. */
const CAUSES_MAX = 200;

const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE dead_letters (
    diedAtMs INTEGER, partition INTEGER, "offset" INTEGER, id TEXT, user TEXT, subscription TEXT,
    event_type TEXT, status INTEGER, error TEXT, attempts INTEGER, redrives INTEGER,
    PRIMARY KEY (diedAtMs, partition, "offset")
  ) WITHOUT ROWID;
  CREATE INDEX by_place ON dead_letters (partition, "offset");
  CREATE INDEX by_user ON dead_letters (user, diedAtMs);
  CREATE INDEX by_subscription ON dead_letters (subscription, diedAtMs);
  CREATE INDEX by_id ON dead_letters (id);
  CREATE INDEX by_cause ON dead_letters (subscription, status, error, diedAtMs);
  CREATE TABLE causes (
    subscription TEXT NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (subscription, status, error)
  ) WITHOUT ROWID;
  CREATE TRIGGER added AFTER INSERT ON dead_letters BEGIN
    INSERT INTO causes VALUES (ifnull(NEW.subscription, ''), ifnull(NEW.status, 0), NEW.error, 1)
      ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER removed AFTER DELETE ON dead_letters BEGIN
    UPDATE causes SET count = count - 1 WHERE subscription = ifnull(OLD.subscription, '')
      AND status = ifnull(OLD.status, 0) AND error = OLD.error;
    DELETE FROM causes WHERE subscription = ifnull(OLD.subscription, '')
      AND status = ifnull(OLD.status, 0) AND error = OLD.error AND count = 0;
  END;`;

/** Dead letters in a temporary database, which a start fills from the log again. */
export class DeadLetterDatabase {
  /** An empty name: on disk as far as need be, and gone when closed. */
  private readonly db = new DatabaseSync('');
  private readonly insert: StatementSync;
  private readonly removeRange: StatementSync;

  constructor() {
    this.db.exec(SCHEMA);
    this.insert = this.db.prepare(
      `INSERT OR IGNORE INTO dead_letters VALUES (:diedAtMs, :partition, :offset, :id, :user,
       :subscription, :event_type, :status, :error, :attempts, :redrives)`,
    );
    this.removeRange = this.db.prepare(
      'DELETE FROM dead_letters WHERE partition = ? AND "offset" >= ? AND "offset" < ?',
    );
  }

  add(rows: readonly DeadLetterRow[]): void {
    this.inOne(() => {
      for (const row of rows) this.insert.run({ ...row });
    });
  }

  /** Removes those of a partition that were put back. */
  remove(partition: number, ranges: OffsetRanges): void {
    this.inOne(() => {
      for (const [start, end] of ranges) this.removeRange.run(partition, start, end);
    });
  }

  /** Newest first. @param after the last one of the page before */
  list(filter: DeadLetterFilter, after: Cursor | null, limit: number): readonly DeadLetterRow[] {
    const { id, subscription, user, status, error, sinceMs } = filter;
    const isDefault = subscription === DEFAULT_ENDPOINT_ID;
    const conditions: readonly [sql: string, values: readonly (SQLInputValue | null)[]][] = [
      ['id = ?', [id]],
      ['subscription = ?', [isDefault ? null : subscription]],
      ['subscription IS NULL AND 1 = ?', [isDefault ? 1 : null]],
      ['user = ?', [user]],
      ['status = ?', [status]],
      ['instr(lower(error), lower(?)) > 0', [error]],
      ['diedAtMs >= ?', [sinceMs]],
      ['(diedAtMs, partition, "offset") < (?, ?, ?)', after ?? [null]],
    ];
    const given = conditions.filter(([, [value]]) => value !== null);
    const where = ['TRUE', ...given.map(([sql]) => sql)].join(' AND ');
    const query = this.db.prepare(
      `SELECT id, user, subscription, event_type, status, error, attempts, redrives, partition,
       "offset", diedAtMs FROM dead_letters WHERE ${where}
       ORDER BY diedAtMs DESC, partition DESC, "offset" DESC LIMIT ?`,
    );
    const found = query.all(...given.flatMap(([, values]) => values), limit);
    return found as unknown as DeadLetterRow[];
  }

  /** Returns how many there are of each cause, the most frequent first. */
  causes(): readonly Cause[] {
    const query = this.db.prepare(
      `SELECT nullif(subscription, '') AS subscription, nullif(status, 0) AS status, error, count,
        (SELECT max(diedAtMs) FROM dead_letters AS one WHERE one.error = causes.error
          AND one.subscription IS nullif(causes.subscription, '')
          AND one.status IS nullif(causes.status, 0)) AS lastMs
       FROM causes ORDER BY count DESC, error LIMIT ${CAUSES_MAX}`,
    );
    return query.all() as unknown as Cause[];
  }

  /** The subscriptions of those put back fewer times than that, which can be delivered at all. */
  redrivable(redrivesMax: number): readonly (string | null)[] {
    const query = this.db.prepare(
      'SELECT DISTINCT subscription FROM dead_letters WHERE redrives < ? AND id IS NOT NULL',
    );
    return query.all(redrivesMax).map((row) => row['subscription'] as string | null);
  }

  close(): void {
    this.db.close();
  }

  /** One transaction is much quicker than one for each row. */
  private inOne(work: () => void): void {
    this.db.exec('BEGIN');
    try {
      work();
    } finally {
      this.db.exec('COMMIT');
    }
  }
}
