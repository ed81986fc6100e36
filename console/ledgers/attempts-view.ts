import { parseAttempts } from '../../common/model/attempt.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { readTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { Logger } from '../../common/base/logger.ts';
import { Endpoints } from './endpoints.ts';
import { EventLedger } from './event-ledger.ts';
import { FileLedger } from './file-ledger.ts';
import { LastHour } from './last-hour.ts';
import type { StateCounts } from './delivery-state.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Contents of the attempts topic, summed up in memory. They may be thrown away: a start reads the
 * topic again.
 */
export class AttemptsView {
  readonly files = new FileLedger();
  readonly endpoints = new Endpoints();
  /** Deliveries that died within the last hour. */
  readonly deadLately = new LastHour();
  /** When an attempt was last read, ms. */
  attemptReadAtMs = 0;
  /** Attempts before this have expired, ms; null when the topic still has all. */
  knownSinceMs: number | null = null;
  private readonly begun = new Set<number>();
  private readonly events = new EventLedger();
  private reader: FollowedTopic | null = null;

  async start({ kafka, topic, logger, onFatal }: Deps): Promise<void> {
    this.reader = await readTopic({
      kafka,
      topic,
      isBusy: true,
      logger,
      onFatal,
      onRecord: ({ partition, offset, timestampMs, value }) => {
        if (!this.begun.has(partition)) this.begin(partition, offset, timestampMs);
        if (value) this.fold(value.toString());
      },
    });
  }

  /** Resolves when all that was in the topic at the time of the call has been read. */
  async caughtUp(): Promise<void> {
    await this.reader?.caughtUp();
  }

  totals(): StateCounts {
    const files = this.files.total();
    const events = this.events.counts;
    return {
      delivered: files.delivered + events.delivered,
      retrying: files.retrying + events.retrying,
      dead: files.dead + events.dead,
      cancelled: files.cancelled + events.cancelled,
    };
  }

  async close(): Promise<void> {
    await this.reader?.close();
  }

  /** The first record that a partition still has. */
  private begin(partition: number, offset: number, timestampMs: number): void {
    this.begun.add(partition);
    if (offset > 0) this.knownSinceMs = Math.max(this.knownSinceMs ?? 0, timestampMs);
  }

  private fold(lines: string): void {
    this.attemptReadAtMs = Date.now();
    for (const attempt of parseAttempts(lines)) {
      if (!this.files.apply(attempt)) this.events.apply(attempt);
      this.endpoints.apply(attempt);
      if (attempt.state === 'dead') this.deadLately.add(attempt.at);
    }
  }
}
