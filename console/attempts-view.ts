import { parseAttempts } from '../common/attempt.ts';
import type { KafkaConnection } from '../common/kafka/connection.ts';
import { readTopic } from '../common/kafka/topic-reader.ts';
import type { TopicReader } from '../common/kafka/topic-reader.ts';
import type { Logger } from '../common/logger.ts';
import { EventLedger } from './decide/event-ledger.ts';
import { FileLedger } from './decide/file-ledger.ts';
import type { StateCounts } from './decide/delivery-state.ts';
import { EndpointStats } from './endpoint-stats.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** What the attempts topic says, folded in memory. It can be thrown away: a start reads it again. */
export class AttemptsView {
  readonly files = new FileLedger();
  readonly endpoint = new EndpointStats();
  /** False until what was in the topic at our start has been read. */
  isLoaded = false;
  /** When an attempt was last read, ms. */
  attemptReadAtMs = 0;
  private readonly events = new EventLedger();
  private reader: TopicReader | null = null;

  async start({ kafka, topic, logger, onFatal }: Deps): Promise<void> {
    this.reader = await readTopic({
      kafka,
      topic,
      logger,
      onFatal,
      onRecord: ({ value }) => {
        if (value) this.fold(value.toString());
      },
    });
    // In the background: people see the figures grow, marked as loading, instead of waiting.
    this.reader.caughtUp().then(
      () => (this.isLoaded = true),
      (error: unknown) => logger.debug({ err: error }, 'attempts.reading-ended'),
    );
  }

  totals(): StateCounts {
    const files = this.files.total();
    const events = this.events.counts;
    return {
      delivered: files.delivered + events.delivered,
      retrying: files.retrying + events.retrying,
      dead: files.dead + events.dead,
    };
  }

  async close(): Promise<void> {
    await this.reader?.close();
  }

  private fold(lines: string): void {
    this.attemptReadAtMs = Date.now();
    for (const attempt of parseAttempts(lines)) {
      if (!this.files.apply(attempt)) this.events.apply(attempt);
      this.endpoint.apply(attempt);
    }
  }
}
