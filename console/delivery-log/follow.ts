import { setTimeout as sleep } from 'node:timers/promises';
import { parseAttempts } from '../../common/model/attempt.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { followTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import type { RecordBatch } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { LogDatabase } from './database.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  /** The attempts topic. */
  readonly topic: string;
  readonly database: LogDatabase;
  readonly retentionMs: number;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

const PRUNE_INTERVAL_MS = 10_000;

/**
 * Reads the attempts topic into the database, on from where it was. A batch is written before the
 * next one is fetched, so nothing piles up: who is slow falls behind, and loses nothing before the
 * topic's retention.
 */
export class LogFollower {
  private readonly deps: Deps;
  private followed: FollowedTopic | null = null;
  private positions: Map<number, number> = new Map();
  private isClosed = false;
  private pruner: NodeJS.Timeout | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    const { kafka, topic, logger, database, onFatal } = this.deps;
    this.positions = database.positions();
    const bounds = await this.bounds();
    // A topic that was made anew begins again at 0.
    if ([...this.positions].some(([n, next]) => next > (bounds.get(n)?.high ?? 0))) {
      logger.warn({ topic }, 'delivery-log.begun-again');
      database.clear();
      this.positions.clear();
    }
    this.followed = await followTopic({
      ...{ kafka, topic, logger, onFatal, isBusy: true },
      startAt: (partition, low) => this.positions.get(partition) ?? low,
      onBatch: (batch) => this.add(batch),
    });
    this.pruner = setInterval(() => void this.prune(), PRUNE_INTERVAL_MS).unref();
  }

  /** Resolves when all that was in the topic at the time of the call is in the database. */
  async caughtUp(): Promise<void> {
    await this.followed?.caughtUp();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.pruner) clearInterval(this.pruner);
    await this.followed?.close();
  }

  private bounds() {
    const { kafka, topic } = this.deps;
    return withAdmin(kafka, (admin) => fetchBounds(admin, topic));
  }

  /** A failure is fatal: the disk is full or gone; nothing was lost, and a restart goes on here. */
  private add({ partition, records, readTo }: RecordBatch): void {
    const { database, retentionMs } = this.deps;
    const all = records.flatMap(({ value }) => (value ? parseAttempts(String(value)) : []));
    const oldestMs = Date.now() - retentionMs;
    database.add(
      partition,
      readTo,
      all.filter(({ at }) => at >= oldestMs),
    );
    this.positions.set(partition, readTo);
  }

  /** Removes expired attempts in small steps, so that requests are served in between. */
  private async prune(): Promise<void> {
    const { database, retentionMs, logger } = this.deps;
    try {
      while (!this.isClosed && database.prune(Date.now() - retentionMs)) await sleep(1);
    } catch (error) {
      logger.error({ err: error }, 'delivery-log.prune-failed');
    }
  }
}
