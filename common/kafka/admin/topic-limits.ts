import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { recordBatchBytes } from '../protocol/encode-produce.ts';
import { withAdmin } from './topic-admin.ts';
import type { OutgoingRecord } from '../ports.ts';

/** Size limit that is assumed for a topic whose settings we may not read. */
const UNKNOWN = Infinity;
/** Kafka's number of this kind of resource. */
const TOPIC = 2;
const LIMITS = ['max.message.bytes', 'segment.bytes'];
/** A character takes up to so many bytes; numbers, lengths and the batch itself take the rest. */
const BYTES_PER_CHARACTER = 3;
const OVERHEAD_BYTES = 1_000;

/**
 * Largest record that each topic takes. The limits are read from the broker, because hosted
 * clusters and operators set their own; where reading them is not allowed, the broker's refusals
 * teach them.
 */
export class TopicLimits {
  private readonly deps: { readonly kafka: KafkaConnection; readonly logger: Logger };
  private readonly topics: readonly string[];
  private readonly byTopic = new Map<string, number>();

  constructor(
    deps: { readonly kafka: KafkaConnection; readonly logger: Logger },
    topics: readonly string[],
  ) {
    this.deps = deps;
    this.topics = topics;
  }

  /** Bytes of the largest batch of records; Infinity where it is not known. */
  of(topic: string): number {
    return this.byTopic.get(topic) ?? UNKNOWN;
  }

  /** Reads the settings; failing, what is known stays. */
  async read(): Promise<void> {
    try {
      const resources = this.topics.map((name) => {
        return { type: TOPIC, name, configNames: LIMITS };
      });
      const found = await withAdmin(this.deps.kafka, (admin) =>
        admin.describeConfigs({ resources, includeSynonyms: false }),
      );
      for (const { resourceName, configEntries } of found.resources) {
        const values = configEntries.map(({ configValue }) => Number(configValue));
        if (values.length > 0) this.byTopic.set(resourceName, Math.min(...values));
      }
    } catch (error) {
      this.deps.logger.info({ err: messageOf(error) }, 'topics.limits-not-read');
    }
  }

  /** The broker refused this record, alone in its batch, for its size. */
  async refused(record: OutgoingRecord): Promise<void> {
    await this.read();
    const bytes = recordBatchBytes(record);
    if (bytes > this.of(record.topic)) return;
    // The setting says otherwise, or cannot be read: the broker knows better.
    this.byTopic.set(record.topic, bytes - 1);
  }

  /**
   * Why a record is too large, or null when it is not.
   *
   * @param bytesMax what its batch may have; default: what its topic takes
   */
  whyTooLarge(record: OutgoingRecord, bytesMax = this.of(record.topic)): string | null {
    const { key, value, headers } = record;
    let length = (key?.length ?? 0) + (value?.length ?? 0);
    for (const name in headers) length += name.length + (headers[name]?.length ?? 0);
    // Counted exactly only where it may matter.
    if (length * BYTES_PER_CHARACTER + OVERHEAD_BYTES <= bytesMax) return null;
    const bytes = recordBatchBytes(record);
    if (bytes <= bytesMax) return null;
    return `the record has ${bytes} bytes with its headers, above ${bytesMax}`;
  }
}
