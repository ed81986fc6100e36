import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { followTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { LogStore } from './log-store.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  /** The attempts topic. */
  readonly topic: string;
  readonly store: Pick<LogStore, 'positions' | 'clear' | 'write'>;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Reads the attempts topic into the database, on from where it was. A batch is written before the
 * next one is fetched, so nothing piles up: who is slow falls behind, and loses nothing before the
 * topic's retention.
 */
export class LogFollower {
  private readonly deps: Deps;
  private followed: FollowedTopic | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    const { kafka, topic, logger, store, onFatal } = this.deps;
    const positions = await store.positions();
    const bounds = await this.bounds();
    // A topic that was made anew begins again at 0.
    if ([...positions].some(([n, next]) => next > (bounds.get(n)?.high ?? 0))) {
      logger.warn({ topic }, 'delivery-log.begun-again');
      await store.clear();
      positions.clear();
    }
    this.followed = await followTopic({
      ...{ kafka, topic, logger, onFatal, isBusy: true },
      startAt: (partition, low) => positions.get(partition) ?? low,
      // A failure is fatal: the disk is full or gone. Nothing is lost: a restart goes on here.
      onBatch: (batch) => store.write(batch),
    });
  }

  /** Resolves when all that was in the topic at the time of the call is in the database. */
  async caughtUp(): Promise<void> {
    await this.followed?.caughtUp();
  }

  async close(): Promise<void> {
    await this.followed?.close();
  }

  private bounds() {
    const { kafka, topic } = this.deps;
    return withAdmin(kafka, (admin) => fetchBounds(admin, topic));
  }
}
