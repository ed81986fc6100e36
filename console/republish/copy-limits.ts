import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { TopicLimits } from '../../common/kafka/admin/topic-limits.ts';
import { isTooLargeFor } from '../../common/kafka/produce/transactional-writer.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
}

/** Knows which copies their topic takes: its limit may be lower than when the originals came. */
export class CopyLimits {
  /** For the writer, whose refused batches teach them where the settings cannot be read. */
  readonly topics: TopicLimits;
  private readonly topic: string;

  private constructor(deps: Deps, topic: string) {
    this.topics = new TopicLimits(deps, [topic]);
    this.topic = topic;
  }

  static async read(deps: Deps, topic: string): Promise<CopyLimits> {
    const limits = new CopyLimits(deps, topic);
    await limits.topics.read();
    return limits;
  }

  /** Why a copy with these headers cannot be written; null when it can. */
  whyTooLarge(
    { partition, key, value }: LogRecord,
    headers: OutgoingRecord['headers'],
  ): string | null {
    const { topic, topics } = this;
    if (topics.whyTooLarge({ topic, partition, key, value, headers }) === null) return null;
    return `larger than ${topic} takes (its max.message.bytes is ${topics.of(topic)})`;
  }

  /**
   * Does the work again as long as the topic refuses what it writes for its size. Each refusal
   * teaches the limits, so that the next time smaller batches are written or a record is left out.
   */
  async keeping<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isTooLargeFor(error, this.topic)) throw error;
      }
    }
  }
}
