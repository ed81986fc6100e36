import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAttempts } from '../../common/attempt.ts';
import { BrokerUnavailableError } from '../../common/errors.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { joinGroup } from '../../common/kafka/group.ts';
import { fetchBounds } from '../../common/kafka/offsets.ts';
import { withAdmin } from '../../common/kafka/topic-admin.ts';
import type { Group, GroupHandlers } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
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
const POLL_MS = 20;

/**
 * Reads the attempts topic into the database, on from where it was. A batch is written before the
 * next one is fetched, so nothing piles up: who is slow falls behind, and loses nothing before the
 * topic's retention.
 */
export class LogFollower {
  private readonly deps: Deps;
  private group: Group | null = null;
  private positions: Map<number, number> = new Map();
  private isClosed = false;
  private pruner: NodeJS.Timeout | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    const { kafka, topic, logger, database } = this.deps;
    this.positions = database.positions();
    const bounds = await this.bounds();
    // A topic that was made anew begins again at 0.
    if ([...this.positions].some(([n, next]) => next > (bounds.get(n)?.high ?? 0))) {
      logger.warn({ topic }, 'delivery-log.begun-again');
      database.clear();
      this.positions.clear();
    }
    this.group = await joinGroup({
      ...this.deps,
      groupId: `${kafka.clientId}-log-${randomUUID()}`,
      topics: [topic],
      handlers: this.handlers(),
    });
    this.pruner = setInterval(() => void this.prune(), PRUNE_INTERVAL_MS).unref();
  }

  /** Resolves when all that was in the topic at the time of the call is in the database. */
  async caughtUp(): Promise<void> {
    const bounds = await this.bounds();
    const isBehind = () =>
      [...bounds].some(([n, { low, high }]) => (this.positions.get(n) ?? low) < high);
    while (isBehind()) {
      if (this.isClosed) throw new BrokerUnavailableError('the delivery log is closed');
      await sleep(POLL_MS);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.pruner) clearInterval(this.pruner);
    await this.group?.close();
  }

  private bounds() {
    const { kafka, topic } = this.deps;
    return withAdmin(kafka, (admin) => fetchBounds(admin, topic));
  }

  private handlers(): GroupHandlers {
    const { topic, database, retentionMs, onFatal } = this.deps;
    return {
      onFence: () => {},
      onAssigned: (assignment, committed) => {
        const starts = (assignment.get(topic) ?? []).map((partition) => {
          // Nothing is committed in this group: that is the log's start.
          const { offset: low } = committed.get(topic, partition);
          const offset = Math.max(low, this.positions.get(partition) ?? 0);
          return { topic, partition, offset };
        });
        return Promise.resolve(starts);
      },
      onRecords: ({ partition, records, readTo }) => {
        try {
          const all = records.flatMap(({ value }) => (value ? parseAttempts(String(value)) : []));
          const oldestMs = Date.now() - retentionMs;
          database.add(
            partition,
            readTo,
            all.filter(({ at }) => at >= oldestMs),
          );
          this.positions.set(partition, readTo);
        } catch (error) {
          // The disk is full or gone; nothing was lost, and a restart goes on from here.
          onFatal(error);
        }
      },
    };
  }

  /** In small steps, so that requests get their turn. */
  private async prune(): Promise<void> {
    const { database, retentionMs, logger } = this.deps;
    try {
      while (!this.isClosed && database.prune(Date.now() - retentionMs)) await sleep(1);
    } catch (error) {
      logger.error({ err: error }, 'delivery-log.prune-failed');
    }
  }
}
