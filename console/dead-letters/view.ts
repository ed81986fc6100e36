import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
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
  /** ms since 1970. */
  readonly sinceMs: number | null;
}

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
  CREATE INDEX by_id ON dead_letters (id);`;

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
      `INSERT OR REPLACE INTO dead_letters VALUES (:diedAtMs, :partition, :offset, :id, :user,
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
    const { id, subscription, user, status, sinceMs } = filter;
    const conditions: readonly [sql: string, values: readonly (SQLInputValue | null)[]][] = [
      ['id = ?', [id]],
      ['subscription = ?', [subscription]],
      ['user = ?', [user]],
      ['status = ?', [status]],
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
