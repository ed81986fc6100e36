import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { readTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { covers } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import type { Cursor } from './cursor.ts';
import { toDeadLetter } from './dead-letter.ts';
import type { DeadLetterRow } from './dead-letter.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** Dead letters that were put back, as offset ranges by partition number. */
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'get' | 'onChange'>;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

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

/**
 * The dead letters that wait for somebody: those of the topic that were not put back. A view in a
 * temporary database, which a start reads from the log again.
 */
export class DeadLetterView {
  private readonly deps: Deps;
  /** An empty name: on disk as far as need be, and gone when closed. */
  private readonly db = new DatabaseSync('');
  private readonly insert: StatementSync;
  private readonly removeRange: StatementSync;
  private readonly removed = new Map<string, ReadonlySet<string>>();
  private reader: FollowedTopic | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
    this.db.exec(SCHEMA);
    this.insert = this.db.prepare(
      `INSERT OR IGNORE INTO dead_letters VALUES (:diedAtMs, :partition, :offset, :id, :user,
       :subscription, :event_type, :status, :error, :attempts, :redrives)`,
    );
    this.removeRange = this.db.prepare(
      'DELETE FROM dead_letters WHERE partition = ? AND "offset" >= ? AND "offset" < ?',
    );
    deps.redriven.onChange((partition, ranges) => this.remove(partition, ranges ?? []));
  }

  async start(): Promise<void> {
    const { kafka, topic, logger, onFatal } = this.deps;
    const onRecord = (record: LogRecord) => this.add(record);
    this.reader = await readTopic({ kafka, topic, logger, onFatal, onRecord });
  }

  /** Resolves when all that was in the topic at the time of the call has been read. */
  async caughtUp(): Promise<void> {
    await this.reader?.caughtUp();
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

  async close(): Promise<void> {
    await this.reader?.close();
    this.db.close();
  }

  private add(record: LogRecord): void {
    const { partition, offset } = record;
    // The note that it was put back may have been read before it was.
    if (covers(this.deps.redriven.get(String(partition)) ?? [], offset)) return;
    this.insert.run({ ...toDeadLetter(record) });
  }

  /** Ranges only grow, so those that were there before have been removed already. */
  private remove(partition: string, ranges: OffsetRanges): void {
    const before = this.removed.get(partition);
    const names = new Set(ranges.map((range) => range.join('-')));
    for (const [start, end] of ranges) {
      if (!before?.has(`${start}-${end}`)) this.removeRange.run(Number(partition), start, end);
    }
    this.removed.set(partition, names);
  }
}
